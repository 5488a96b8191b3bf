//! Which entries go into which object: one for each subject, or for each `@name`.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt};
use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::name::{Key, names};
use super::{Manifest, Options, object};
use crate::ir::{Isolation, Namespace, Policy, Rule};
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
    let mut groups: HashMap<Key<'_>, Group<'_>> = HashMap::new();
    for isolation in &tier.isolations {
        let key = (isolation.origin.object.as_deref(), &isolation.subject);
        groups.entry(key).or_default().isolations.push(isolation);
    }
    for rule in &tier.rules {
        groups.entry((rule.origin.object.as_deref(), &rule.subject)).or_default().rules.push(rule);
    }
    // In any order: objects are sorted by their names.
    let mut spaces: BTreeMap<&Namespace, Vec<(Key<'_>, Group<'_>)>> = BTreeMap::new();
    for (key, group) in groups {
        spaces.entry(&key.1.namespace).or_default().push((key, group));
    }
    spaces.into_iter().map(move |(namespace, groups)| manifest(namespace, &groups, policy, sources, options))
}

fn manifest(
    namespace: &Namespace,
    groups: &[(Key<'_>, Group<'_>)],
    policy: &Policy,
    sources: &Sources,
    options: &Options,
) -> Manifest {
    let keys: Vec<Key<'_>> = groups.iter().map(|(key, _)| *key).collect();
    let mut named: Vec<_> = names(&keys).into_iter().zip(groups).collect();
    named.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let write = |(name, ((_, subject), group)): (String, &(Key<'_>, Group<'_>))| {
        object::write(name, subject, group, policy, sources, options)
    };
    let objects: Vec<NetworkPolicy> = named.into_iter().map(write).collect();
    Manifest { namespace: namespace.clone(), objects, sources: files(groups.iter().map(|(_, g)| g), policy, sources) }
}

impl Group<'_> {
    /// The statements that the object comes from.
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
