//! CIDRs as the API server has read them since its first days, which is more than it takes in new objects.
//!
//! `010.1.2.3/8` was 10.1.2.3/8, host bits and all, and `::ffff:10.0.0.0/104` was IPv6. Stored objects keep such
//! spellings, so what they contain still has to be told (`k8s.io/utils/net`, `IsValidCIDRForLegacyField`). This is the
//! one reader of CIDRs in objects: what validation takes is what a policy means.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A CIDR, however it was spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    address: IpAddr,
    length: u8,
}

impl Cidr {
    /// Reads any spelling that some version of the API took.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let digits_only = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length = decimal(length).parse().ok().filter(|_| digits_only)?;
        // A zone is no part of a CIDR.
        let address: IpAddr = without_leading_zeros(address).parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        (length <= width).then_some(Self { address, length })
    }

    /// The network that it means: without host bits, and IPv4 where it is IPv4 written as IPv6.
    pub(crate) fn net(self) -> Option<IpNet> {
        let network = match self.network() {
            IpAddr::V4(network) => return Ipv4Net::new(network, self.length).ok().map(IpNet::V4),
            IpAddr::V6(network) => network,
        };
        match (network.to_ipv4_mapped(), self.length.checked_sub(96)) {
            (Some(mapped), Some(length)) => Ipv4Net::new(mapped, length).ok().map(IpNet::V4),
            _ => Ipv6Net::new(network, self.length).ok().map(IpNet::V6),
        }
    }

    /// Why this spelling may not stand in new objects, if so.
    pub(crate) fn outdated_spelling(self, text: &str) -> Option<String> {
        let (address, length) = text.split_once('/').unwrap_or((text, ""));
        if without_leading_zeros(address) != address || decimal(length) != length {
            return Some(format!("it has leading zeros; write `{}`", self.masked()));
        }
        if let IpAddr::V6(address) = self.address
            && let Some(mapped) = address.to_ipv4_mapped()
        {
            let meant = self.length.checked_sub(96).map(|length| format!("; write `{mapped}/{length}`"));
            return Some(format!("it is IPv4 written as IPv6{}", meant.unwrap_or_default()));
        }
        (self.network() != self.address).then(|| {
            let width = if self.address.is_ipv4() { 32 } else { 128 };
            let (all, one) = (self.masked(), self.address);
            format!("bits are set after the first {}; write `{all}`, or `{one}/{width}` for one address", self.length)
        })
    }

    /// Whether `other` is a part of this one, and not all of it.
    pub(crate) fn strictly_contains(self, other: &Self) -> bool {
        self.length < other.length && self.contains(other.network())
    }

    // Go takes an IPv4-mapped network for IPv4 here, with what is left of its mask.
    fn contains(self, address: IpAddr) -> bool {
        match (self.network().to_canonical(), address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let length = if self.address.is_ipv4() { self.length } else { self.length.saturating_sub(96) };
                mask_v4(address, length) == network
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => mask_v6(address, self.length) == network,
            _ => false,
        }
    }

    fn network(self) -> IpAddr {
        match self.address {
            IpAddr::V4(address) => IpAddr::V4(mask_v4(address, self.length)),
            IpAddr::V6(address) => IpAddr::V6(mask_v6(address, self.length)),
        }
    }

    fn masked(self) -> String {
        self.net().map_or_else(|| format!("{}/{}", self.network(), self.length), |net| net.to_string())
    }
}

fn mask_v4(address: Ipv4Addr, length: u8) -> Ipv4Addr {
    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
    Ipv4Addr::from_bits(address.to_bits() & mask)
}

fn mask_v6(address: Ipv6Addr, length: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    Ipv6Addr::from_bits(address.to_bits() & mask)
}

// `010.0.0.1` is 10.0.0.1 and `00001:2::` is 0001:2::, as is the IPv4 part at the end of an IPv6 address.
fn without_leading_zeros(address: &str) -> String {
    let groups = address.split(':').map(|group| match group.contains('.') {
        true => group.split('.').map(decimal).collect::<Vec<_>>().join("."),
        // IPv6 groups may have up to four digits, zeros included.
        false if address.contains(':') => shortened(group, 4).to_owned(),
        false => decimal(group).to_owned(),
    });
    groups.collect::<Vec<_>>().join(":")
}

// A decimal number without its leading zeros; a lone zero stays.
fn decimal(number: &str) -> &str {
    shortened(number, 1)
}

// Drops zeros in front of what has more than `digits`.
fn shortened(number: &str, digits: usize) -> &str {
    let zeros = number.bytes().take_while(|byte| *byte == b'0').count();
    number.get(zeros.min(number.len().saturating_sub(digits))..).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::Cidr;

    #[test]
    fn old_spellings_are_told() {
        for (text, expected) in [
            ("10.0.0.0/8", None),
            ("2001:0db8::/32", None),
            ("FD00:0000::/8", None),
            ("010.0.0.0/8", Some("it has leading zeros; write `10.0.0.0/8`")),
            ("10.0.0.0/08", Some("it has leading zeros; write `10.0.0.0/8`")),
            ("fd00::/08", Some("it has leading zeros; write `fd00::/8`")),
            ("2001:00db8::/32", Some("it has leading zeros; write `2001:db8::/32`")),
            ("::ffff:010.0.0.0/104", Some("it has leading zeros; write `10.0.0.0/8`")),
            ("1:2:3:4:5:6:010.0.0.1/128", Some("it has leading zeros; write `1:2:3:4:5:6:a00:1/128`")),
            ("::ffff:10.0.0.0/104", Some("it is IPv4 written as IPv6; write `10.0.0.0/8`")),
            (
                "10.1.2.3/8",
                Some("bits are set after the first 8; write `10.0.0.0/8`, or `10.1.2.3/32` for one address"),
            ),
        ] {
            let cidr = Cidr::parse(text).expect(text);
            assert_eq!(cidr.outdated_spelling(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_never_was_a_cidr_is_none() {
        for text in
            ["", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "::/129", "fe80::1%eth0/64", "/8"]
        {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn networks_are_what_old_clusters_took_them_for() {
        for (text, expected) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("010.0.0.0/8", "10.0.0.0/8"),
            ("0000000010.0.0.0/00008", "10.0.0.0/8"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:010.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:10.0.0.0/90", "::ffc0:0:0/90"),
            ("2001:00db8::/32", "2001:db8::/32"),
            ("1:2:3:4:5:6:010.0.0.1/128", "1:2:3:4:5:6:a00:1/128"),
            ("00000::00000/0", "::/0"),
            ("fd00::1/8", "fd00::/8"),
        ] {
            assert_eq!(
                Cidr::parse(text).and_then(Cidr::net).map(|net| net.to_string()).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn parts_are_smaller_and_inside() {
        let check =
            |whole: &str, part: &str| Cidr::parse(whole).unwrap().strictly_contains(&Cidr::parse(part).unwrap());
        assert!(check("10.0.0.0/8", "10.1.0.0/16") && check("::/0", "fd00::/8") && check("0.0.0.0/0", "10.0.0.0/8"));
        assert!(
            !check("10.0.0.0/8", "10.0.0.0/8") && !check("10.0.0.0/8", "11.0.0.0/16") && !check("::/0", "10.0.0.0/8")
        );
        assert!(!check("10.0.0.0/16", "10.0.0.0/8"));
    }
}
