//! Label selectors and facts, checked against Kubernetes' rules where they stand.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Condition, Labels, Selector, Values, names};
use crate::span::Spanned;
use crate::syntax::ast::{Facts, Labels as Written, Operator, Text};

/// The selector that a list of requirements makes; an empty one without a list.
pub(super) fn selector(labels: Option<&Written>, diagnostics: &mut Diagnostics) -> Selector {
    let mut requirements = Vec::new();
    for requirement in labels.map_or(&[][..], |labels| &labels.value) {
        key(&requirement.value.key, diagnostics);
        let mut set = |values: &[Text]| {
            values.iter().for_each(|text| value(text, diagnostics));
            values.iter().map(|text| text.value.as_str()).collect::<Values>()
        };
        let condition = match &requirement.value.operator {
            Operator::Equals(value) => Condition::In(set(std::slice::from_ref(value))),
            Operator::NotEquals(value) => Condition::NotIn(set(std::slice::from_ref(value))),
            Operator::In(values) => Condition::In(set(values)),
            Operator::NotIn(values) => Condition::NotIn(set(values)),
            Operator::Exists => Condition::Exists { except: Values::none() },
            Operator::DoesNotExist => Condition::DoesNotExist,
        };
        requirements.push((requirement.value.key.value.as_str(), condition));
    }
    requirements.into_iter().collect()
}

/// The labels that facts state.
pub(super) fn facts(facts: Option<&Facts>, diagnostics: &mut Diagnostics) -> Labels {
    let mut labels = Labels::new();
    for (name, text) in facts.map_or(&[][..], |facts| &facts.value) {
        key(name, diagnostics);
        value(text, diagnostics);
        if labels.insert(name.value.clone(), text.value.clone()).is_some_and(|before| before != text.value) {
            let message = format!("label `{}` is stated twice", name.value);
            diagnostics.push(Diagnostic::new(Code::LabelTwice, message, name.span, "stated with another value before"));
        }
    }
    labels
}

fn key(key: &Text, diagnostics: &mut Diagnostics) {
    if let Err(why) = names::label_key(&key.value) {
        let message = format!("`{}` cannot be a label's key: {why}", key.value);
        diagnostics.push(Diagnostic::new(Code::LabelKey, message, key.span, "not a label key"));
    }
}

fn value(value: &Text, diagnostics: &mut Diagnostics) {
    if let Err(why) = names::label_value(&value.value) {
        let message = format!("`{}` cannot be a label's value: {why}", value.value);
        let help = "values have at most 63 letters, digits, `-`, `_` and `.`, the first and last a letter or digit";
        let diagnostic = Diagnostic::new(Code::LabelValue, message, value.span, "not a label value");
        diagnostics.push(diagnostic.with_help(help));
    }
}

/// A selector and where it was written, for the checks that look at each.
pub(super) fn written(labels: Option<&Written>, selector: &Selector) -> Option<Spanned<Selector>> {
    labels.map(|labels| Spanned::new(selector.clone(), labels.span))
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::check;

    #[test]
    fn selectors_are_those_of_kubectl() {
        check("isolate pods[a=b, c==d, e!=f, g in (h, i), j notin (k), l, !m]", &[]);
        check("isolate pods[app.kubernetes.io/name=web, version=\"1.0\", empty=\"\"]", &[]);
    }

    #[test]
    fn keys_and_values_are_checked_where_they_stand() {
        check("isolate pods[-app=web]", &["E0301 |-app|"]);
        check("isolate pods[a/b/c=web]", &["E0301 |a/b/c|"]);
        check("isolate pods[app=\"web server\"]", &["E0302 |\"web server\"| values have at most 63"]);
        check("isolate pods[app in (web, -api)]", &["E0302 |-api|"]);
        let long = "x".repeat(64);
        check(&format!("isolate pods[app={long}]"), &[&format!("E0302 |{long}|")]);
    }

    #[test]
    fn facts_are_stated_once() {
        check("namespace shop [a=b, a=c] isolate pods", &["E0303 |a|"]);
        check("namespace shop [a=b, a=b] isolate pods", &[]);
        check("namespace shop [a=b] { isolate pods } namespace shop [a=c] { }", &["E0303 |a=c|"]);
    }
}
