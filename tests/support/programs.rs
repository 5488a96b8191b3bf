//! Programs made at random, the same ones for the same number: everything that people write, and values that trip up
//! readers of YAML.

use std::fmt::Write;

/// A sequence of numbers that looks random (SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap_or(0)
    }

    /// One of a list that is not empty.
    pub(crate) fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        list.get(self.below(list.len())).expect("the list is not empty")
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list.get(self.below(list.len())).copied().unwrap_or("")
    }

    fn some(&mut self, most: usize, one: impl Fn(&mut Self) -> String) -> String {
        let list: Vec<String> = (0..=self.below(most)).map(|_| one(self)).collect();
        list.join(", ")
    }
}

const KEYS: &[&str] = &["app", "tier", "app.kubernetes.io/name", "x.example.com/Y_z", "in", "on", "true", "1", "null"];
const VALUES: &[&str] = &[
    "web",
    "db",
    "api",
    "on",
    "yes",
    "n",
    "Y",
    "off",
    "true",
    "null",
    "\"\"",
    "1_000",
    "1e3",
    "0x1f",
    "0o17",
    "012",
    "1.0",
    "2027-01-01",
    "1",
    "0",
    "NaN",
    "Null",
    "1e-3",
    "12.34.56",
    "A.b_c-d",
    "x-y",
];
const NAMES: &[&str] = &["shop", "ops", "kube-system", "on", "null", "1e3", "123", "a-b"];
const NETS: &[&str] = &[
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.3",
    "192.0.2.0/24",
    "fd00::/8",
    "fd00::1",
    "169.254.169.254",
    "172.16.0.0/12",
    "255.255.255.255",
    "2001:db8::/32",
];
const PORTS: &[&str] = &[
    "tcp",
    "udp",
    "sctp",
    "tcp/80",
    "tcp/443",
    "udp/53",
    "tcp/1-65535",
    "tcp/8000-8100",
    "tcp/http",
    "udp/on",
    "sctp/y",
];

fn labels(numbers: &mut Numbers) -> String {
    if numbers.below(4) == 0 {
        return String::new();
    }
    let list = numbers.some(3, |numbers| {
        let key = numbers.pick(KEYS);
        match numbers.below(6) {
            0 => format!("{key}!={}", numbers.pick(VALUES)),
            1 => format!("{key} in ({})", numbers.some(3, |numbers| numbers.pick(VALUES).to_owned())),
            2 => format!("{key} notin ({})", numbers.some(3, |numbers| numbers.pick(VALUES).to_owned())),
            3 => key.to_owned(),
            4 => format!("!{key}"),
            _ => format!("{key}={}", numbers.pick(VALUES)),
        }
    });
    format!("[{list}]")
}

fn pods(numbers: &mut Numbers) -> String {
    let place = match numbers.below(8) {
        0 => " in *".to_owned(),
        1 => format!(" in {}", numbers.pick(NAMES)),
        2 => format!(" in ({})", numbers.some(2, |numbers| numbers.pick(NAMES).to_owned())),
        3 => " in namespaces[team=a, stage!=test]".to_owned(),
        _ => String::new(),
    };
    format!("pods{}{place}", labels(numbers))
}

fn endpoint(numbers: &mut Numbers) -> String {
    match numbers.below(12) {
        0 => "any".to_owned(),
        1 => "internet".to_owned(),
        2 => "dns".to_owned(),
        3 => "private".to_owned(),
        4 => numbers.pick(NETS).to_owned(),
        5 => format!("({} except ({}))", numbers.pick(NETS), numbers.some(3, |numbers| numbers.pick(NETS).to_owned())),
        6 => format!("({} except {})", pods(numbers), pods(numbers)),
        // As a side that is opened or closed, `any` less addresses that pods have is refused: now and then is enough.
        7 => match numbers.below(6) {
            0 => format!("(any except {})", numbers.pick(NETS)),
            1..3 => format!("(any except {})", numbers.pick(&["169.254.169.254", "fe80::/10", "127.0.0.0/8"])),
            _ => format!("((0.0.0.0/0 except {}), ::/0)", numbers.pick(&["10.0.0.0/8", "192.0.2.7", "172.16.0.0/12"])),
        },
        8 => "friends".to_owned(),
        _ => pods(numbers),
    }
}

fn rule(numbers: &mut Numbers) -> String {
    let verb = if numbers.below(7) == 0 { "deny" } else { "allow" };
    let half = numbers.pick(&["", "", " ingress", " egress"]);
    let on = match numbers.below(3) {
        0 => String::new(),
        _ => format!(" on {}", numbers.some(3, |numbers| numbers.pick(PORTS).to_owned())),
    };
    let (from, to) = (numbers.some(2, endpoint), numbers.some(2, endpoint));
    let before = match numbers.below(8) {
        0 => "  @name(\"on\")\n",
        1 => "  ## yes: \"no\" # 1e3 - [x]\n",
        2 => "  @owner(\"null: ~\") @ticket(\"1_000\")\n",
        _ => "",
    };
    format!("{before}  {verb}{half} {from} -> {to}{on}\n")
}

/// The program of a number.
pub(crate) fn program(number: u64) -> String {
    let mut numbers = Numbers(number);
    let mut text = "let friends = pods[app=web], 192.0.2.0/24\n".to_owned();
    for _ in 0..=numbers.below(2) {
        let outside = numbers.below(4) == 0;
        if !outside {
            writeln!(text, "namespace {} [team=a, stage=prod] {{", numbers.pick(NAMES)).expect("a string takes it");
        }
        for _ in 0..=numbers.below(2) {
            let direction = numbers.pick(&["", "", "ingress ", "egress "]);
            writeln!(text, "  isolate {direction}pods{}", labels(&mut numbers)).expect("a string takes it");
        }
        for _ in 0..=numbers.below(5) {
            text.push_str(&rule(&mut numbers));
        }
        if !outside {
            text.push_str("}\n");
        }
    }
    text
}
