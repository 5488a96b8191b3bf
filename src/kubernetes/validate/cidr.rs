//! CIDRs as the API server has read them since its first days, which is more than it takes in new objects.
//!
//! `010.1.2.3/8` was 10.1.2.3/8, host bits and all, and `::ffff:10.0.0.0/104` was IPv6. Stored objects keep such
//! spellings, so what they contain still has to be told (`k8s.io/utils/net`, `IsValidCIDRForLegacyField`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A CIDR, however it was spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    address: IpAddr,
    length: u8,
}

impl Cidr {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let digits_only = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length = without_leading_zeros(length).parse().ok().filter(|_| digits_only)?;
        // A zone is no part of a CIDR.
        let address: IpAddr = without_leading_zeros(address).parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        (length <= width).then_some(Self { address, length })
    }

    /// Why this spelling may not stand in new objects, if so.
    pub(super) fn outdated_spelling(self, text: &str) -> Option<String> {
        if text.split('/').any(|part| without_leading_zeros(part) != part) {
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
    pub(super) fn strictly_contains(self, other: &Self) -> bool {
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
        format!("{}/{}", self.network(), self.length)
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

// `010.0.0.1` is 10.0.0.1, and `00001:2::` is 1:2::; a lone zero stays.
fn without_leading_zeros(text: &str) -> String {
    let is_digit = |char: char| char.is_ascii_hexdigit();
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(|char| !is_digit(char)) {
        let digits = piece.trim_end_matches(|char| !is_digit(char));
        let rest = digits.trim_start_matches('0');
        let dropped = digits.len() - rest.len();
        // IPv6 groups may have up to four digits, zeros included.
        let is_short_group = digits.len() <= 4 && text.contains(':');
        let keep = if is_short_group { 0 } else { dropped.min(digits.len().saturating_sub(1)) };
        out.push_str(piece.get(keep..).unwrap_or(piece));
    }
    out
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
