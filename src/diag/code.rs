//! The stable codes, one line each: `Name = "E0123": "title"`.
//!
//! E01xx text and syntax, E02xx names and namespaces, E03xx values (labels, addresses, ports), E04xx statements and
//! their meaning, E05xx what a target cannot say, E06xx Kubernetes objects that the API server would refuse, E07xx
//! clusters, queries and tests. W0xxx are warnings, N0xxx notes.

use super::Severity;

macro_rules! codes {
    ($($name:ident = $id:literal: $title:literal,)*) => {
        /// A diagnostic's stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every code, in order of declaration.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as printed, such as `E0101`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What the code means, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    Syntax = "E0101": "text that no statement can have here",
    UnreadableInput = "E0102": "input that cannot be read",
    NotUtf8 = "E0103": "text is not UTF-8",
    NestedTooDeep = "E0104": "brackets nested too deep",
    ReservedWord = "E0105": "a keyword stands where a name is needed",
    ReservedStatement = "E0106": "a statement that this version does not have",
}

impl Code {
    /// The severity that the code's letter stands for.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self.id().as_bytes().first() {
            Some(b'W') => Severity::Warning,
            Some(b'N') => Severity::Note,
            _ => Severity::Error,
        }
    }

    /// The code printed as `id`, in either case.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_used_once() {
        let mut ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Code::ALL.len());
    }
}
