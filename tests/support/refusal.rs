//! What the API server says when it refuses an object.

use serde::Deserialize;

/// Why the API server refused a request: the parts of its Status object that tests look at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Refusal {
    /// The HTTP status: 422 for an invalid object, 400 for one that cannot be read.
    pub(crate) code: u16,
    /// The whole reason, for people.
    pub(crate) message: String,
    /// One entry for each wrong field of an invalid object.
    #[serde(default, rename = "details", deserialize_with = "causes_of_details")]
    pub(crate) causes: Vec<Cause>,
}

/// One wrong field of a refused object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Cause {
    /// The kind of mistake, as `FieldValueInvalid`.
    #[serde(default)]
    pub(crate) reason: String,
    /// The path, as `spec.ingress[0].ports[0].port`.
    #[serde(default)]
    pub(crate) field: String,
    /// What is wrong with its value.
    #[serde(default)]
    pub(crate) message: String,
}

fn causes_of_details<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Cause>, D::Error> {
    #[derive(Deserialize)]
    struct Details {
        #[serde(default)]
        causes: Vec<Cause>,
    }
    Ok(Option::<Details>::deserialize(deserializer)?.map(|details| details.causes).unwrap_or_default())
}
