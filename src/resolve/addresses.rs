//! Addresses and CIDRs, checked where they stand.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::Text;

/// The network that an address or CIDR means; an address is the network of itself alone.
pub(super) fn network(text: &Text, diagnostics: &mut Diagnostics) -> Option<IpNet> {
    match parse(text) {
        Ok(net) => Some(net),
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            None
        }
    }
}

/// One address, without a prefix length.
pub(super) fn address(text: &Text, diagnostics: &mut Diagnostics) -> Option<IpAddr> {
    if text.value.contains('/') {
        let message = format!("`{}` is a network; a flow has one address at each end", text.value);
        diagnostics.push(Diagnostic::new(Code::Address, message, text.span, "one address is needed"));
        return None;
    }
    network(text, diagnostics).map(|net| net.addr())
}

fn parse(text: &Text) -> Result<IpNet, Box<Diagnostic>> {
    let wrong = |message: String, label: &str| Box::new(Diagnostic::new(Code::Address, message, text.span, label));
    let (address, length) = match text.value.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text.value.as_str(), None),
    };
    if address.contains('%') {
        let message = format!("`{address}` names a zone, which means something on one machine only");
        return Err(wrong(message, "a zone is not part of policy"));
    }
    let parsed: IpAddr = address.parse().map_err(|_| match decimal(address) {
        Some(meant) => wrong(format!("`{address}` has leading zeros, which some programs read as octal"), "ambiguous")
            .map_help(format!("write `{meant}`")),
        None => wrong(format!("`{address}` is not an address"), "not an IPv4 or IPv6 address"),
    })?;
    if let IpAddr::V6(six) = parsed
        && let Some(four) = six.to_ipv4_mapped()
    {
        let message = format!("`{address}` is an IPv4 address written as IPv6");
        return Err(wrong(message, "IPv4-mapped").map_help(format!("write `{four}`")));
    }
    let max = if parsed.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => max,
        Some(digits) => prefix_length(digits, max).ok_or_else(|| {
            wrong(format!("`/{digits}` is not a prefix length of this family"), "not a prefix length")
                .map_help(format!("it is a number from 0 to {max}, without leading zeros"))
        })?,
    };
    let net =
        IpNet::new(parsed, length).map_err(|_| wrong(format!("`{}` is not a network", text.value), "not a CIDR"))?;
    if net.trunc() == net { Ok(net) } else { Err(Box::new(host_bits(net, text))) }
}

// Linear extension of the builder for boxed diagnostics.
trait MapHelp {
    fn map_help(self, help: String) -> Self;
}

impl MapHelp for Box<Diagnostic> {
    fn map_help(self, help: String) -> Self {
        Box::new(self.with_help(help))
    }
}

fn prefix_length(digits: &str, max: u8) -> Option<u8> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let zeros = digits.len() > 1 && digits.starts_with('0');
    digits.parse().ok().filter(|length| plain && !zeros && *length <= max)
}

// Reports bits after the prefix length, which a dataplane would drop without a word.
fn host_bits(net: IpNet, text: &Text) -> Diagnostic {
    let message = format!("`{}` has bits set after its prefix length", text.value);
    Diagnostic::new(Code::HostBits, message, text.span, "which is meant, the network or the address?")
        .with_help(format!("write `{}` for the network, or `{}` for one address", net.trunc(), net.addr()))
}

// An IPv4 address with leading zeros, read as decimal.
fn decimal(address: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u8> = address.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(parts).ok().map(Ipv4Addr::from)
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::check;

    fn allow(address: &str, expected: &[&str]) {
        check(&format!("isolate pods\nallow {address} -> pods"), expected);
    }

    #[test]
    fn plain_addresses_and_networks_are_fine() {
        for address in ["10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::1", "2001:db8::/32", "10.0.0.1/32"] {
            allow(address, &[]);
        }
    }

    #[test]
    fn bits_after_the_prefix_get_both_readings() {
        allow("10.0.0.7/8", &["E0305 |10.0.0.7/8| write `10.0.0.0/8` for the network, or `10.0.0.7` for one address"]);
        allow("2001:db8::1/32", &["E0305 |2001:db8::1/32| write `2001:db8::/32`"]);
    }

    #[test]
    fn what_only_looks_like_an_address_is_an_error() {
        allow("10.0.0", &["E0304 |10.0.0|"]);
        allow("10.0.0.256", &["E0304 |10.0.0.256|"]);
        allow("10.0.0.010", &["E0304 |10.0.0.010| write `10.0.0.10`"]);
        allow("::ffff:10.0.0.1", &["E0304 |::ffff:10.0.0.1| write `10.0.0.1`"]);
        allow("fe80::1%eth0", &["E0304 |fe80::1%eth0|"]);
        allow("10.0.0.0/33", &["E0304 |10.0.0.0/33| it is a number from 0 to 32"]);
        allow("10.0.0.0/08", &["E0304 |10.0.0.0/08|"]);
        allow("10.0.0.0/", &["E0304 |10.0.0.0/|"]);
    }
}
