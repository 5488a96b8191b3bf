//! Finds what is wrong with policies, and writes nothing.

use std::path::PathBuf;

use super::compile::{Settings, compile};
use super::inputs::{self, Kind};
use super::{Session, build};
use crate::cluster::Cluster;

/// Checks `.netpol` files as `build` would. Findings go to the session.
pub fn check(paths: &[PathBuf], settings: &Settings, cluster: Option<&Cluster>, session: &mut Session) {
    let inputs = inputs::expand(paths, &[Kind::Netpol, Kind::Objects], session);
    let (own, _objects): (Vec<_>, Vec<_>) = inputs.into_iter().partition(|input| input.kind == Kind::Netpol);
    let own: Vec<PathBuf> = own.into_iter().map(|input| input.path).collect();
    if let Some(compiled) = compile(&own, settings, cluster, session) {
        build::kubernetes(&compiled.policy, Default::default(), session);
    }
}
