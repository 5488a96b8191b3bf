//! The intermediate representation: what a policy means, whoever wrote it.
//!
//! # What a policy is
//!
//! A [`Policy`] is a sequence of tiers, of which NetworkPolicy is one. It judges *flows*: a new connection from one
//! endpoint to another, by protocol and destination port, after Service translation. An endpoint is an address, and
//! the pod that owns it if one does.
//!
//! # What the NetworkPolicy tier means
//!
//! It holds isolations and rules, in no order. Each stands in one direction and for one [`Subject`], a set of pods of
//! one namespace. An egress entry judges flows whose source is in the subject, an ingress entry flows whose destination
//! is. The far end is the *peer*, whichever end that is.
//!
//! 1. A pod is isolated in a direction when an isolation of that direction has it as subject.
//! 2. At an isolated pod, a flow passes when some allow rule of that direction has the pod as subject, the far end
//!    among its peers, and the flow's protocol and port among its ports. At a pod that is not isolated every flow passes.
//! 3. A deny rule that matches in the same way stops the flow there, whatever is allowed.
//! 4. A flow is allowed when it passes egress at its source and ingress at its destination. An end that is no pod
//!    passes everything. So does a pod of the host network, whose traffic is its node's.
//! 5. A pod always reaches itself, and a pod and its own node always reach each other.
//!
//! # How the sets are read
//!
//! A [`Peer`] is a base less exceptions, judged endpoint by endpoint: [`Base::Any`] holds every address, pods and nodes
//! included; [`Base::Pods`] pods that are not of the host network, by labels of their namespace and their own;
//! [`Base::Addresses`] addresses, whoever owns them. An endpoint without an address (a workload's template, a fixture
//! of a test) passes where it would at each of [`crate::cluster::STAND_INS`] of the flow's family. A port name stands
//! for the number that the *destination* pod gives it for that protocol; a destination that is no pod, or does not have
//! the name, does not match.
//!
//! Every entry carries the statements that it comes from, so that an answer can say why after any optimization.

pub mod eval;
pub mod from_kubernetes;
mod isolated;
mod join;
pub mod lower;

pub use isolated::Isolated;
pub use lower::lower;

pub use crate::model::{Base, Namespace, Namespaces, Peer, PodSet, Subject};

use std::sync::Arc;

use smallvec::SmallVec;

use crate::model::{Action, Direction, NamedDns, Ports, WrittenRanges};
use crate::span::Span;

/// Everything that holds in a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The tiers, in order of judgement.
    pub tiers: Vec<Tier>,
    /// What entries come from, by [`StatementId`].
    pub statements: Vec<Statement>,
    /// The ranges of ports that were written as such: entries unite ports that follow one another.
    pub port_ranges: WrittenRanges,
    /// What the program calls `dns`, where that is not the prelude's.
    pub dns: Vec<NamedDns>,
}

/// One stage of judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Isolation and allow rules, as NetworkPolicy has them, and deny.
    NetworkPolicy(NetworkTier),
}

/// The NetworkPolicy tier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkTier {
    /// Which pods are closed.
    pub isolations: Vec<Isolation>,
    /// What passes, or does not.
    pub rules: Vec<Rule>,
}

/// Closes pods in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// Which direction.
    pub direction: Direction,
    /// Which pods.
    pub subject: Subject,
    /// Where it comes from.
    pub origin: Origin,
}

/// Allows or denies flows at pods, in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which of the two.
    pub action: Action,
    /// Which direction.
    pub direction: Direction,
    /// The pods at which it acts.
    pub subject: Subject,
    /// The far ends; any one matches. None at all matches nothing.
    pub peers: Vec<Peer>,
    /// Ports of the destination, in both directions.
    pub ports: Ports,
    /// Where it comes from.
    pub origin: Origin,
}

/// The statements that an entry comes from, and the object that it goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// Sorted, without repeats. Passes unite them.
    pub statements: SmallVec<[StatementId; 4]>,
    /// The `@name` of the object; entries of different names are never joined.
    pub object: Option<Arc<str>>,
}

/// An index into [`Policy::statements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementId(pub u32);

/// What an entry comes from: a statement of a program, or a rule of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The place.
    pub span: Span,
    /// Whether it is of a Kubernetes object, which somebody applies as it is.
    pub is_object: bool,
    /// Whether some of its destinations are no pods, or pods that none of its entries is about.
    pub leads_elsewhere: bool,
    /// Its doc comment, without `##`.
    pub doc: Option<String>,
    /// `@owner`.
    pub owner: Option<String>,
    /// `@ticket`.
    pub ticket: Option<String>,
    /// `@expires`, as written.
    pub expires: Option<String>,
    /// `@log`, and where.
    pub log: Option<Span>,
    /// `@audit`, and where.
    pub audit: Option<Span>,
}

impl Statement {
    /// A statement of which nothing is known but its place.
    #[must_use]
    pub fn at(span: Span) -> Self {
        Self {
            span,
            is_object: false,
            leads_elsewhere: false,
            doc: None,
            owner: None,
            ticket: None,
            expires: None,
            log: None,
            audit: None,
        }
    }
}

impl Policy {
    /// The NetworkPolicy tier; an empty one where the policy has none.
    #[must_use]
    pub fn network(&self) -> &NetworkTier {
        const NONE: &NetworkTier = &NetworkTier { isolations: Vec::new(), rules: Vec::new() };
        self.tiers.iter().map(|Tier::NetworkPolicy(tier)| tier).next().unwrap_or(NONE)
    }

    /// The statement of an id of this policy.
    #[must_use]
    pub fn statement(&self, id: StatementId) -> Option<&Statement> {
        self.statements.get(id.0 as usize)
    }
}

impl Origin {
    /// The statements of all. The caller joins only entries of the same object.
    #[must_use]
    pub fn union_of<'a>(origins: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut united = Self::default();
        for origin in origins {
            united.statements.extend_from_slice(&origin.statements);
            united.object = united.object.or_else(|| origin.object.clone());
        }
        united.statements.sort_unstable();
        united.statements.dedup();
        united
    }
}
