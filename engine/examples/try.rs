#![allow(warnings, clippy::all)]
#![allow(missing_docs)]
use fram_engine::*;
use std::sync::Arc;
struct S;
impl Screen for S {
    fn print(&self, t: &str) {
        print!("{t}")
    }
    fn warn(&self, t: &str) {
        print!("stderr: {t}")
    }
    fn display(&self, s: Shown, _: Option<&str>) {
        println!("{}", s.text("text/plain").unwrap_or_default())
    }
    fn update(&self, _: Shown, _: &str) {}
    fn clear(&self, _: bool) {}
    fn input(&self, _: &str, _: bool) -> Result<String, NoInput> {
        Err(NoInput::NotAllowed)
    }
    fn page(&self, _: Shown) {}
    fn set_next_input(&self, _: &str, _: bool) {}
    fn history(&self, _: usize) -> Vec<String> {
        vec![]
    }
}
fn main() {
    let session = Session::new();
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    for cell in text.split("====\n") {
        println!(">>> {}", cell.trim_end());
        let t = std::time::Instant::now();
        match session.run(cell.trim_end(), Arc::new(S)) {
            Ok(Some(v)) => println!("{}", v.text("text/plain").unwrap_or("?")),
            Ok(None) => println!("(nothing)"),
            Err(e) => println!("{}: {}", e.name, e.text()),
        }
        if t.elapsed().as_millis() > 300 {
            println!("   [{:?}]", t.elapsed());
        }
    }
}
