//! The long forms of this module's codes say what is so: each wrong example has the code, each right one nothing.

use std::path::Path;

use super::{objects, validate};
use crate::diag::{Code, Diagnostics};
use crate::source::Sources;

fn codes(text: &str) -> Vec<&'static str> {
    let mut diagnostics = Diagnostics::new();
    let file = Sources::new().add("example.yaml", text);
    let objects = objects::read(file, text, &mut diagnostics);
    objects.policies.iter().for_each(|policy| diagnostics.append(validate::check(policy)));
    diagnostics.iter().map(|found| found.code.id()).collect()
}

fn block<'t>(page: &'t str, mark: &str) -> &'t str {
    let from = page.split_once(&format!("```yaml {mark}\n")).unwrap_or_else(|| panic!("a block `{mark}`: {page}")).1;
    from.split_once("```").unwrap().0
}

#[test]
fn examples_have_their_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diag/explain");
    let ids = Code::ALL
        .iter()
        .map(|code| code.id())
        .filter(|id| id.trim_start_matches(char::is_alphabetic).starts_with("06"));
    for id in ids {
        let page = std::fs::read_to_string(folder.join(format!("{id}.md"))).expect(id);
        assert_eq!(codes(block(&page, "wrong")), [id]);
        assert_eq!(codes(block(&page, "right")), Vec::<&str>::new(), "{id}");
    }
}
