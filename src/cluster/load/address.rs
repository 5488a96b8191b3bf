//! Which pod owns an address that several pods have.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::net::IpAddr;

use super::convert::LivePod;

/// Leaves each address to the newest live pod that has it; pods of the host network have their node's and own none.
pub(super) fn settle(pods: &mut [LivePod]) {
    let mut owners: HashMap<IpAddr, usize> = HashMap::with_capacity(pods.len());
    let mut lost: Vec<(usize, IpAddr)> = Vec::new();
    for (at, live) in pods.iter().enumerate().filter(|(_, live)| !live.pod.host_network) {
        for address in &live.pod.addresses {
            let owner = owners.entry(*address).or_insert(at);
            let newer = pods.get(*owner).is_none_or(|other| age(live, other) == Ordering::Greater);
            if *owner != at {
                lost.push((if newer { *owner } else { at }, *address));
                *owner = if newer { at } else { *owner };
            }
        }
    }
    for (at, address) in lost {
        let owner = owners.get(&address).and_then(|owner| pods.get(*owner));
        let owner = owner.map(|owner| format!("{}/{}", owner.pod.namespace, owner.pod.name));
        if let Some(live) = pods.get_mut(at) {
            live.pod.addresses.retain(|other| *other != address);
            live.pod.taken.extend(owner.map(|owner| (address, owner)));
        }
    }
}

// By creation, then start; the name decides between pods of one second, so that every run says the same.
fn age(a: &LivePod, b: &LivePod) -> Ordering {
    let time = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    time(&a.created)
        .cmp(&time(&b.created))
        .then_with(|| time(&a.started).cmp(&time(&b.started)))
        .then_with(|| (&a.pod.namespace, &a.pod.name).cmp(&(&b.pod.namespace, &b.pod.name)))
}
