//! One document of a dump: an object, or a list of them, whatever the order of its fields.
//!
//! kubectl prints `items` before `kind` in a list, and `kind` before all that needs it in an object. So objects go
//! straight into their types; only one that is written in another order is kept whole until its kind is known.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use super::convert::{self, LivePod, Workload};
use super::raw::Passed;
use crate::cluster::{EndpointSlice, Node, Service};
use crate::model::Labels;

/// What a document holds.
pub(super) enum Object {
    Namespace(String, Labels),
    Pod(Box<LivePod>),
    Node(Node),
    Service(Service),
    EndpointSlice(EndpointSlice),
    Workload(Box<Workload>),
    List(Vec<Object>),
    /// Anything else, by its kind and group.
    Other(String),
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ObjectSeed(None).deserialize(deserializer)
    }
}

/// What `apiVersion` and `kind` say.
#[derive(Clone, Debug)]
pub(super) struct Type {
    group: String,
    kind: String,
}

impl Type {
    pub(super) fn new(api_version: &str, kind: String) -> Self {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Self { group: group.to_owned(), kind }
    }

    // The type of the items of a `PodList`, which carry none of their own; a `List` holds what its items say.
    pub(super) fn items(&self) -> Option<Self> {
        let kind = self.kind.strip_suffix("List").filter(|kind| !kind.is_empty())?;
        Some(Self { kind: kind.to_owned(), ..self.clone() })
    }

    fn read<'de, D: Deserializer<'de>>(&self, from: D) -> Result<Object, D::Error> {
        let made = match (self.group.as_str(), self.kind.as_str()) {
            ("", "Namespace") => convert::namespace(Deserialize::deserialize(from)?),
            ("", "Pod") => convert::pod(Deserialize::deserialize(from)?),
            ("", "Node") => convert::node(Deserialize::deserialize(from)?),
            ("", "Service") => convert::service(Deserialize::deserialize(from)?),
            ("discovery.k8s.io", "EndpointSlice") => convert::endpoint_slice(Deserialize::deserialize(from)?),
            ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
            | ("batch", "Job" | "CronJob")
            | ("", "ReplicationController") => convert::workload(&self.kind, Deserialize::deserialize(from)?),
            _ => IgnoredAny::deserialize(from).map(|_| Ok(Object::Other(self.to_string())))?,
        };
        made.map_err(|wrong| D::Error::custom(format_args!("{}: {wrong}", self.kind)))
    }
}

// As kubectl tells resources of one name apart: `Pod`, `Job.batch.volcano.sh`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.group.is_empty() { Ok(()) } else { write!(f, ".{}", self.group) }
    }
}

/// Reads an object; the type is what it is taken for where it does not say.
#[derive(Clone, Copy)]
pub(super) struct ObjectSeed<'t>(pub(super) Option<&'t Type>);

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = Object;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Kubernetes object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut head = Head::default();
        while head.of().is_none() || head.started() {
            let Some(key) = map.next_key::<String>()? else { break };
            head.field(key, &mut map)?;
        }
        let Some(of) = head.of().or_else(|| self.0.cloned()) else {
            return Err(A::Error::custom("an object without `apiVersion` and `kind`"));
        };
        match head.items {
            Some(items) => {
                let metadata = head.rest.remove("metadata").unwrap_or_default();
                Option::<Passed>::deserialize(metadata).map_err(A::Error::custom)?;
                Ok(Object::List(items))
            }
            None if head.rest.is_empty() => {
                let map = Unique { map, seen: head.seen };
                if of.kind.ends_with("List") { list(&of, map) } else { of.read(MapAccessDeserializer::new(map)) }
            }
            None => of.read(Value::Object(head.rest)).map_err(A::Error::custom),
        }
    }
}

// The fields of an object up to where its type is known, or to its end when others stand before.
#[derive(Default)]
struct Head {
    api_version: Option<String>,
    kind: Option<String>,
    items: Option<Vec<Object>>,
    rest: Map<String, Value>,
    seen: BTreeSet<String>,
}

impl Head {
    fn of(&self) -> Option<Type> {
        Some(Type::new(self.api_version.as_ref()?, self.kind.clone()?))
    }

    fn started(&self) -> bool {
        self.items.is_some() || !self.rest.is_empty()
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, key: String, map: &mut A) -> Result<(), A::Error> {
        once(&key, &mut self.seen)?;
        match key.as_str() {
            "apiVersion" => self.api_version = Some(map.next_value()?),
            "kind" => self.kind = Some(map.next_value()?),
            "items" if self.kind.as_ref().is_none_or(|kind| kind.ends_with("List")) => {
                let of = self.of().and_then(|of| of.items());
                self.items = Some(map.next_value_seed(Items(of))?);
            }
            _ => {
                let Plain(value) = map.next_value()?;
                self.rest.insert(key, value);
            }
        }
        Ok(())
    }
}

/// Refuses a key that is there already: which of two values counts, readers of JSON do not agree on.
pub(super) fn once<E: Error>(key: &str, seen: &mut BTreeSet<String>) -> Result<(), E> {
    match seen.insert(key.to_owned()) {
        true => Ok(()),
        false => Err(E::custom(format_args!("key `{key}` stands twice"))),
    }
}

// A mapping without its first keys, of which none may come again.
struct Unique<A> {
    map: A,
    seen: BTreeSet<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Unique<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.map.next_key::<String>()? else { return Ok(None) };
        once(&key, &mut self.seen)?;
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

// A value that is kept until it is known what it is.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Self)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Plain(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        let mut map = Unique { map, seen: BTreeSet::new() };
        let mut entries = Map::new();
        while let Some((key, Plain(value))) = map.next_entry::<String, Plain>()? {
            entries.insert(key, value);
        }
        Ok(Value::Object(entries))
    }
}

fn list<'de, A: MapAccess<'de>>(of: &Type, mut map: A) -> Result<Object, A::Error> {
    let mut items = None;
    while let Some(key) = map.next_key::<String>()? {
        if key == "items" {
            items = Some(map.next_value_seed(Items(of.items()))?);
        } else if key == "metadata" {
            map.next_value::<Option<Passed>>()?;
        } else {
            map.next_value::<IgnoredAny>()?;
        }
    }
    // A resource whose own name ends so is no list.
    Ok(items.map_or_else(|| Object::Other(of.to_string()), Object::List))
}

struct Items(Option<Type>);

impl<'de> DeserializeSeed<'de> for Items {
    type Value = Vec<Object>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Object>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items {
    type Value = Vec<Object>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of Kubernetes objects")
    }

    // What Go prints for a list that was never made.
    fn visit_unit<E>(self) -> Result<Vec<Object>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Object>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(ObjectSeed(self.0.as_ref()))? {
            items.push(item);
        }
        Ok(items)
    }
}
