//! Upcasters: steps that bring the stored form of an older revision to the next one.

use serde_json::{Map, Value};

use super::problem::CodecProblem;

/// Every step, one line each; a step is never changed once events of its revision were stored.
const STEPS: &[UpcastStep] =
    &[UpcastStep { kind: "member.member-registered", from: 1, apply: mark_name_and_email_as_personal }];

/// Brings the tree of one type's revision to the next.
struct UpcastStep {
    kind: &'static str,
    from: u32,
    apply: fn(&mut Map<String, Value>),
}

/// Brings a payload from `revision` to `newest`, step by step.
pub(super) fn upcast(
    kind: &str,
    revision: u32,
    newest: u32,
    payload: &mut Value,
) -> Result<(), CodecProblem> {
    let tree = payload.as_object_mut().ok_or_else(|| CodecProblem::new("a payload must be an object"))?;
    for from in revision..newest {
        let step = STEPS.iter().find(|step| step.kind == kind && step.from == from);
        let step =
            step.ok_or_else(|| CodecProblem::new(format!("no upcaster leads on from revision {from}")))?;
        (step.apply)(tree);
    }
    Ok(())
}

/// Revision 1 kept name and e-mail address as bare texts; from revision 2 on personal data has an object of its own.
fn mark_name_and_email_as_personal(tree: &mut Map<String, Value>) {
    let name = tree.get_mut("member").and_then(|member| member.get_mut("name"));
    name.into_iter().for_each(mark_as_personal);
    let email = tree.get_mut("email").filter(|email| !email.is_null());
    email.into_iter().for_each(mark_as_personal);
}

fn mark_as_personal(text: &mut Value) {
    let plain = text.take();
    *text = Value::Object(Map::from_iter([("plain".to_owned(), plain)]));
}
