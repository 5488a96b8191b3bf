//! Which entries go into which object: one for each subject, or for each `@name`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::name::Names;
use super::{Manifest, Options, object};
use crate::ir::{Isolation, Namespace, Policy, Rule, Subject};
use crate::source::Sources;

/// The entries of one object. An isolation without rules is an object too.
#[derive(Clone, Debug, Default)]
pub(super) struct Group<'a> {
    pub(super) isolations: Vec<&'a Isolation>,
    pub(super) rules: Vec<&'a Rule>,
}

/// The objects of each namespace.
pub(super) fn manifests<'a>(
    policy: &'a Policy,
    sources: &'a Sources,
    options: &'a Options,
) -> impl Iterator<Item = Manifest> + 'a {
    let tier = policy.network();
    let mut spaces: BTreeMap<&Namespace, BTreeMap<(Option<&str>, &Subject), Group<'_>>> = BTreeMap::new();
    for isolation in &tier.isolations {
        let key = (isolation.origin.object.as_deref(), &isolation.subject);
        spaces.entry(&isolation.subject.namespace).or_default().entry(key).or_default().isolations.push(isolation);
    }
    for rule in &tier.rules {
        let key = (rule.origin.object.as_deref(), &rule.subject);
        spaces.entry(&rule.subject.namespace).or_default().entry(key).or_default().rules.push(rule);
    }
    spaces.into_iter().map(move |(namespace, groups)| manifest(namespace, &groups, policy, sources, options))
}

fn manifest(
    namespace: &Namespace,
    groups: &BTreeMap<(Option<&str>, &Subject), Group<'_>>,
    policy: &Policy,
    sources: &Sources,
    options: &Options,
) -> Manifest {
    let names = Names::new(groups);
    let named = groups.iter().map(|((given, subject), group)| (names.of((*given, subject)), *subject, group));
    let mut named: Vec<_> = named.collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let write = |(name, subject, group): (String, &Subject, &Group<'_>)| {
        object::write(name, subject, group, policy, sources, options)
    };
    let objects: Vec<NetworkPolicy> = named.into_iter().map(write).collect();
    Manifest { namespace: namespace.clone(), objects, sources: files(groups.values(), policy, sources) }
}

impl Group<'_> {
    /// The statements that the object comes from, in order of the program.
    pub(super) fn statements(&self) -> BTreeSet<crate::ir::StatementId> {
        let isolations = self.isolations.iter().flat_map(|isolation| &isolation.origin.statements);
        isolations.chain(self.rules.iter().flat_map(|rule| &rule.origin.statements)).copied().collect()
    }
}

fn files<'a>(groups: impl Iterator<Item = &'a Group<'a>>, policy: &Policy, sources: &Sources) -> Vec<String> {
    let statements = groups.flat_map(Group::statements).filter_map(|id| policy.statement(id));
    let files: BTreeSet<_> = statements.map(|statement| sources.name(statement.span.file).to_owned()).collect();
    files.into_iter().collect()
}
