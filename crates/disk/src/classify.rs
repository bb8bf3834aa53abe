//! What role does a file play, judging by its path?
//!
//! Roles never hide a file; they let a map put the core of a repository before its tests and its copies of
//! other people's code. The rules look at the path alone; what `.gitattributes` says comes on top.

use lodemap_base::RelPath;

/// The roles of a file; several may hold, none means core.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct FileClass {
    /// A program wrote it.
    pub generated: bool,
    /// It is a copy of another project's code.
    pub vendored: bool,
    /// It tests.
    pub test: bool,
    /// It shows how to use the rest.
    pub example: bool,
    /// It documents.
    pub docs: bool,
}

/// The roles that `path` tells.
pub fn classify(path: &RelPath) -> FileClass {
    let mut class = FileClass::default();
    for dir in path.parent_str().split('/') {
        match &*dir.to_ascii_lowercase() {
            "generated" | "__generated__" => class.generated = true,
            "vendor" | "vendored" | "_vendor" | "_vendored" | "third_party" | "third-party"
            | "thirdparty" | "extern" | "external" | "externals" => class.vendored = true,
            "test" | "tests" | "__tests__" | "spec" | "specs" | "testdata" | "fixtures" | "__fixtures__" => {
                class.test = true;
            }
            "example" | "examples" | "sample" | "samples" | "demo" | "demos" => class.example = true,
            "doc" | "docs" => class.docs = true,
            _ => {}
        }
    }
    let name = path.name();
    class.generated |= is_generated_name(name);
    class.test |= is_test_name(name);
    class
}

fn is_generated_name(name: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "_pb2.py",
        "_pb2.pyi",
        "_pb2_grpc.py",
        ".pb.go",
        ".pb.h",
        ".pb.cc",
        ".g.dart",
        ".g.cs",
        ".designer.cs",
    ];
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    ENDINGS.iter().any(|e| name.ends_with(e)) || stem.ends_with("_generated") || stem.ends_with(".generated")
}

fn is_test_name(name: &str) -> bool {
    let Some((stem, ext)) = name.rsplit_once('.') else { return false };
    let lower_then = |end: &str| {
        stem.strip_suffix(end)
            .is_some_and(|s| s.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()))
    };
    match ext {
        "py" => {
            stem.starts_with("test_")
                || stem.ends_with("_test")
                || matches!(stem, "conftest" | "test" | "tests")
        }
        "go" | "c" | "cc" | "cpp" | "cxx" | "rb" | "ex" | "exs" | "dart" | "lua" => {
            ["_test", "_unittest", "_spec"].iter().any(|e| stem.ends_with(e))
        }
        "rs" => matches!(stem, "test" | "tests") || stem.ends_with("_test") || stem.ends_with("_tests"),
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" => {
            [".test", ".spec", ".cy", ".e2e"].iter().any(|e| stem.ends_with(e))
        }
        "java" | "kt" | "kts" | "scala" | "groovy" | "cs" | "swift" | "php" => {
            lower_then("Test") || lower_then("Tests") || lower_then("Spec")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_by_path() {
        let letters = |path: &str| {
            let c = classify(&RelPath::parse(path).unwrap());
            [(c.generated, 'g'), (c.vendored, 'v'), (c.test, 't'), (c.example, 'e'), (c.docs, 'd')]
                .iter()
                .filter_map(|(set, letter)| set.then_some(*letter))
                .collect::<String>()
        };
        for (path, want) in [
            ("src/a.py", ""),
            ("api/user_pb2.py", "g"),
            ("api/user_pb2_grpc.py", "g"),
            ("api/user.pb.go", "g"),
            ("lib/user.g.dart", "g"),
            ("schema_generated.rs", "g"),
            ("schema.generated.ts", "g"),
            ("src/generated/x.c", "g"),
            ("app/migrations/0001_initial.py", ""),
            ("vendor/lib/a.go", "v"),
            ("third_party/z.c", "v"),
            ("pip/_vendor/six.py", "v"),
            ("externals/x.cc", "v"),
            ("deps/x.c", ""),
            ("vendor.py", ""),
            ("tests/a.py", "t"),
            ("a/__tests__/b.js", "t"),
            ("testdata/x.go", "t"),
            ("testing/x.go", ""),
            ("src/test_a.py", "t"),
            ("src/a_test.py", "t"),
            ("conftest.py", "t"),
            ("attest.py", ""),
            ("contest.go", ""),
            ("pool_test.go", "t"),
            ("a.test.ts", "t"),
            ("a.spec.js", "t"),
            ("a.spec.tsx", "t"),
            ("spec/a_spec.rb", "t"),
            ("src/graph/tests.rs", "t"),
            ("src/PoolTest.java", "t"),
            ("src/Latest.java", ""),
            ("src/Test.java", ""),
            ("examples/basic.rs", "e"),
            ("demos/a.py", "e"),
            ("docs/conf.py", "d"),
            ("vendor/z/tests/docs/a.py", "vtd"),
            ("Tests/a.swift", "t"),
        ] {
            assert_eq!(letters(path), want, "{path}");
        }
    }
}
