//! The stable codes, one line each: `Name = "E0123": "title"`, and a page each in `explain/E0123.md`.
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

            /// What the code means at length, with an example that causes it and one that is right: Markdown.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("explain/", $id, ".md")),)* }
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
    ExceptBesideComma = "E0107": "`except` beside a comma",
    Unbalanced = "E0108": "a bracket or quote that does not close, or closes nothing",
    FormatRefused = "E0109": "a file that the formatter leaves alone",
    CannotWrite = "E0110": "output that cannot be written",
    NoPolicies = "E0111": "input without a NetworkPolicy",
    WrongInput = "E0112": "input of a kind that the command does not take",
    NamespaceTwice = "E0120": "a namespace named twice in one list",
    UsedFileMissing = "E0201": "`use` of a file that is not there",
    UseCircle = "E0202": "files that `use` each other in a circle",
    NotOffered = "E0203": "`use` of a name that the file does not define",
    UnknownName = "E0204": "a name that is not defined",
    DefinedTwice = "E0205": "a name that is defined twice",
    NameCircle = "E0206": "names that stand for each other in a circle",
    WrongKind = "E0208": "ports where endpoints are needed, or the reverse",
    NestedNamespace = "E0209": "a `namespace` inside another",
    NamespaceName = "E0210": "not a namespace's name",
    NeedsCluster = "E0211": "something that only a cluster's objects tell",
    UnknownFact = "E0212": "a namespace's label that nothing states",
    UnknownService = "E0213": "a Service that the cluster does not have",
    ServicePort = "E0214": "a port that a Service does not have",
    ServiceNowhere = "E0220": "a Service that leads nowhere",
    LabelKey = "E0301": "not a label's key",
    LabelValue = "E0302": "not a label's value",
    LabelTwice = "E0303": "a label stated twice, differently",
    Address = "E0304": "not an address or CIDR",
    HostBits = "E0305": "a CIDR with bits set after its prefix length",
    PortNumber = "E0306": "not a port's number",
    PortRange = "E0307": "a port range that ends before it begins",
    PortName = "E0308": "not a port's name",
    ObjectName = "E0309": "not an object's name",
    TooManyTerms = "E0310": "an expression with too many alternatives",
    SubjectNotPods = "E0401": "isolation of something that is not pods",
    PortsTwice = "E0402": "a name that carries ports, in a list with `on`",
    EmptyTest = "E0403": "a test without an expectation",
    UnknownFixture = "E0404": "a pod that the test does not define",
    UnknownAnnotation = "E0405": "an annotation that does not exist",
    MisplacedAnnotation = "E0406": "an annotation where it means nothing",
    AnnotationTwice = "E0407": "an annotation given twice",
    AnnotationValue = "E0408": "an annotation with a wrong value",
    ServiceInList = "E0409": "a Service beside others in a list with `on`",
    ExceptNotExpressible = "E0501": "an `except` that NetworkPolicy cannot say",
    SubjectByAddress = "E0502": "pods chosen by address, which NetworkPolicy cannot say",
    AuditNotExpressible = "E0503": "`@audit`, which NetworkPolicy would enforce",
    DenyAtOpenPods = "E0504": "a deny at pods that the program does not isolate",
    NamelessPeer = "E0506": "a peer in the current namespace, seen from a named one",
    DenyNotExpressible = "E0505": "a deny that NetworkPolicy cannot say",
    BrokenManifest = "E0601": "text that is neither YAML nor JSON",
    DuplicateKey = "E0602": "a key that stands twice",
    TooManyAliases = "E0603": "aliases that stand for too much",
    NotAnObject = "E0605": "a document that is no Kubernetes object",
    UnsupportedVersion = "E0606": "a version of NetworkPolicy that clusters no longer have",
    UnknownField = "E0607": "a field that the object does not have",
    WrongType = "E0608": "a value of the wrong type",
    InvalidValue = "E0611": "a value that the API server refuses",
    MissingValue = "E0612": "a value that the API server requires",
    UnsupportedValue = "E0613": "a value that is none of those the API has",
    ForbiddenValue = "E0614": "a value that may not stand here",
    BrokenObject = "E0701": "a cluster object that cannot be understood",
    DuplicateObject = "E0702": "two cluster objects of one name",
    EmptyCluster = "E0703": "a cluster without objects",
    FlowSyntax = "E0710": "a flow that cannot be read",
    UnknownEndpoint = "E0711": "an end of a flow that the cluster does not have",
    NoCommonFamily = "E0712": "two ends of a flow without addresses of one family",
    NoSuchPortName = "E0713": "a port's name that the destination does not have",
    NothingJudged = "E0730": "a flow that passes whatever the policies are, in a test",
    UnknownKind = "E0720": "a kind that the group of NetworkPolicy does not have",
    UnusedName = "W0201": "a name that nothing uses",
    PortLooksLikeRange = "W0301": "a port's name that looks like a range",
    SelectsNothing = "W0302": "a selector that matches nothing in the cluster",
    ServiceWithoutPods = "W0310": "a Service that selects no pod of the cluster",
    Contradiction = "W0303": "a selector that contradicts itself",
    PortNameUnknown = "W0304": "a port's name that no destination has",
    ServicePortOnPods = "W0305": "a Service's port where its pods have another",
    NotOwned = "W0401": "isolation of pods in a namespace that is not owned",
    Expired = "W0402": "an expired rule",
    ExpiresSoon = "W0403": "a rule that expires soon",
    AllowsEverything = "W0404": "a rule that lets everything through",
    IsolatesOwnedOnly = "W0405": "`in *` in an `isolate`",
    NoEffect = "W0406": "a rule without effect",
    Covered = "W0407": "a rule or policy that others cover",
    NoDns = "W0408": "an isolated pod that may not reach DNS",
    ExceptOutside = "W0410": "an `except` outside its block",
    UnlikeTheCluster = "W0420": "a label that the cluster's namespace does not have like this",
    LogNotExpressible = "W0501": "`@log`, which NetworkPolicy cannot do",
    MeantAsAnd = "W0602": "two peers where one was probably meant",
    OtherPolicy = "W0603": "a policy of a kind that is not read",
    SameName = "W0604": "two NetworkPolicies of one name",
    StoredSpelling = "W0601": "a stored CIDR that the API server would now refuse",
    Shadows = "N0201": "a name that hides another",
    PortNameDiffers = "N0301": "a port's name that stands for several numbers",
    IgnoredKinds = "N0701": "cluster objects that play no part",
    MissingNamespaces = "N0702": "namespaces of pods that are not in the input",
    TakenForDefault = "N0710": "policies without a namespace, taken for those of `default`",
    UnknownAddress = "N0711": "an answer that an unknown address decides",
    DonePod = "N0712": "a flow of a pod that is done",
    NotShown = "N0713": "an end that `reach` does not show",
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
