//! What a person calls each rule of the grammar, for "expected …".

use super::grammar::Rule;

// More would bury the word that matters.
const MOST_EXPECTED: usize = 6;

/// The words for a rule; `None` for one that says nothing of its own.
pub(super) fn label(symbol: Rule) -> Option<&'static str> {
    use Rule as R;
    Some(match symbol {
        R::statement | R::statement_alone => "a statement",
        R::step | R::step_alone | R::steps_alone => "`pod` or `expect`",
        R::tier_rule | R::tier_rule_alone | R::tier_rules_alone => "`accept`, `deny` or `pass`",
        R::r#use
        | R::namespace
        | R::namespace_head
        | R::r#let
        | R::isolate
        | R::rule
        | R::invariant
        | R::test
        | R::tier => "a statement",
        R::annotation | R::at => "an annotation",
        R::annotation_name => "an annotation's name",
        R::used | R::path | R::qualified | R::name => "a name",
        R::owned | R::owned_list | R::kubernetes_name | R::kubernetes_label => "a Kubernetes name",
        R::same_line => "a name on this line",
        R::block | R::open_brace => "`{`",
        R::let_value => "endpoints or ports",
        R::port_list | R::ports | R::port => "a port such as `tcp/80`",
        R::port_spec => "a port number or name",
        R::port_name => "a port name",
        R::protocol => "`tcp`, `udp` or `sctp`",
        R::number => "a number",
        R::direction => "`ingress`, `egress`",
        R::flow | R::endpoints | R::primary => "endpoints (`pods`, an address, `any`, a name)",
        R::group | R::open_paren | R::annotation_values => "`(`",
        R::pods | R::pods_head | R::pods_kw => "`pods`",
        R::nodes | R::nodes_kw => "`nodes`",
        R::service | R::service_head | R::service_kw => "`service`",
        R::place | R::service_place | R::fixture_place | R::in_kw => "`in`",
        R::place_list => "`(`",
        R::place_labels | R::namespaces_kw => "`namespaces[…]`",
        R::labels | R::labels_apart | R::facts | R::open_bracket => "`[`",
        R::requirement | R::fact | R::label_key => "a label",
        R::comparison => "`=`",
        R::set_test => "`in`",
        R::equals | R::equals_twice => "`=`",
        R::not_equals => "`!=`",
        R::bare_value => "a value",
        R::absent => "`!`",
        R::address | R::ipv4 | R::ipv6 => "an address",
        R::fixture | R::pod_kw => "`pod`",
        R::expectation | R::expect_kw => "`expect`",
        R::named_port => "a named port such as `http=tcp/80`",
        R::parties | R::party => "a pod of the test or an address",
        R::string | R::quote | R::string_text => "text in quotes",
        R::use_kw => "`use`",
        R::from_kw => "`from`",
        R::as_kw => "`as`",
        R::namespace_kw => "`namespace`",
        R::let_kw => "`let`",
        R::isolate_kw => "`isolate`",
        R::allow_kw => "`allow`",
        R::deny_kw => "`deny`",
        R::never_kw => "`never`",
        R::always_kw => "`always`",
        R::ingress_kw => "`ingress`",
        R::egress_kw => "`egress`",
        R::test_kw => "`test`",
        R::ports_kw => "`ports`",
        R::admin_kw => "`admin`",
        R::baseline_kw => "`baseline`",
        R::accept_kw => "`accept`",
        R::pass_kw => "`pass`",
        R::any_kw => "`any`",
        R::except_kw => "`except`",
        R::notin_kw => "`notin`",
        R::on_kw => "`on`",
        R::arrow => "`->`",
        R::comma => "`,`",
        R::slash => "`/`",
        R::everywhere => "`*`",
        R::close_paren => "`)`",
        R::close_bracket => "`]`",
        R::close_brace => "`}`",
        R::EOI => "the end",
        R::file
        | R::WHITESPACE
        | R::byte_order_mark
        | R::port_item
        | R::label_value
        | R::annotation_value
        | R::name_char
        | R::word_part
        | R::blank
        | R::reserved
        | R::statement_start
        | R::step_start
        | R::tier_start
        | R::new_line
        | R::annotated
        | R::top_junk
        | R::junk
        | R::lone_braces
        | R::junk_rest
        | R::step_junk
        | R::tier_junk
        | R::junk_piece
        | R::junk_braces
        | R::junk_comment
        | R::junk_string => return None,
    })
}

/// What was expected: "a", "a or b", "a, b or c".
pub(super) fn list(rules: &[Rule]) -> String {
    let mut labels: Vec<&str> = Vec::new();
    for label in rules.iter().filter_map(|symbol| label(*symbol)) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    // Where any statement may begin, its name says more than its keywords.
    if ["`use`", "`let`"].iter().all(|keyword| labels.contains(keyword)) {
        return "a statement".to_owned();
    }
    // Everything can be followed by the end or the next statement, which helps nobody while something else is missing.
    if labels.len() > 1 {
        labels.retain(|label| !matches!(*label, "the end" | "a statement"));
    }
    labels.sort_by_key(|label| match *label {
        "`->`" | "`=`" => 0,
        "`,`" => 2,
        "`except`" => 3,
        _ => 1,
    });
    labels.truncate(MOST_EXPECTED);
    match labels.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The keywords that could have stood there.
pub(super) fn keywords(rules: &[Rule]) -> Vec<&'static str> {
    let of = |symbol: &Rule| match symbol {
        Rule::set_test => vec!["in", "notin"],
        Rule::direction => vec!["ingress", "egress"],
        Rule::step | Rule::tier_rule | Rule::statement => Vec::new(),
        symbol => label(*symbol).into_iter().flat_map(|label| label.split('`')).collect(),
    };
    let is_word = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut words: Vec<&str> = rules.iter().flat_map(of).filter(is_word).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether a name would have been understood there.
pub(super) fn is_name(symbol: Rule) -> bool {
    matches!(
        symbol,
        Rule::name
            | Rule::path
            | Rule::qualified
            | Rule::used
            | Rule::primary
            | Rule::endpoints
            | Rule::flow
            | Rule::party
            | Rule::parties
    )
}
