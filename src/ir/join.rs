//! Two policies that hold side by side, as one.

use super::{NetworkTier, Origin, Policy, StatementId, Tier};

impl Policy {
    /// Both, as one policy: NetworkPolicies only add. The statements of `other` come after those of this one.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        let offset = u32::try_from(self.statements.len()).unwrap_or(u32::MAX);
        self.statements.extend(other.statements);
        self.port_ranges.extend(other.port_ranges);
        self.dns.extend(other.dns);
        for Tier::NetworkPolicy(mut tier) in other.tiers {
            tier.isolations.iter_mut().for_each(|isolation| moved(&mut isolation.origin, offset));
            tier.rules.iter_mut().for_each(|rule| moved(&mut rule.origin, offset));
            match self.tiers.first_mut() {
                Some(Tier::NetworkPolicy(there)) => there.extend(tier),
                None => self.tiers.push(Tier::NetworkPolicy(tier)),
            }
        }
        self
    }
}

impl NetworkTier {
    fn extend(&mut self, other: Self) {
        self.isolations.extend(other.isolations);
        self.rules.extend(other.rules);
    }
}

fn moved(origin: &mut Origin, offset: u32) {
    origin.statements.iter_mut().for_each(|id| *id = StatementId(id.0.saturating_add(offset)));
}
