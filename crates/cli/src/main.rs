//! The binary `lodemap`: everything is in the library, but for the choice of the allocator.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Parsing allocates syntax trees; this takes 6 to 10 % off it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(lodemap_cli::run(std::env::args_os()))
}
