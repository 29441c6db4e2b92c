//! The migrations are part of the program; a new one does not show in any source file.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
