//! The examples as programs, each built at its first use in a run by the commands of its README.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::conformance::python;

/// Where Debian has libraries for Go and Java.
const GO_LIBRARIES: &str = "/usr/share/gocode";
const JAVA_LIBRARIES: &str = "/usr/share/java";

/// A program with its first arguments and variables.
#[derive(Clone)]
pub(super) struct Program {
    words: Vec<PathBuf>,
    variables: Vec<(&'static str, PathBuf)>,
}

impl Program {
    fn new(words: impl IntoIterator<Item = PathBuf>) -> Self {
        let words = words.into_iter().collect();
        Self {
            words,
            variables: Vec::new(),
        }
    }

    /// The command that starts it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command
            .args(&self.words[1..])
            .envs(self.variables.iter().cloned());
        command
    }
}

/// A program, or a sentence that names what is missing to build it.
type Built = Result<Program, String>;

pub(super) fn rust() -> Program {
    static BUILT: OnceLock<Program> = OnceLock::new();
    let build = || {
        // The whole workspace, so that its crates are built as the tests are.
        let options = ["build", "--workspace", "--locked", "--example", "service"];
        let mut cargo = Command::new(env!("CARGO"));
        let messages = python::succeed(
            cargo
                .args(options)
                .arg("--message-format=json")
                .current_dir(root()),
        );
        let executable = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find_map(|message| message["executable"].as_str().map(PathBuf::from));
        Program::new(executable)
    };
    BUILT.get_or_init(build).clone()
}

pub(super) fn python() -> Program {
    static BUILT: OnceLock<Program> = OnceLock::new();
    let build = || {
        let stubs = folder("python");
        let mut protoc = Command::new(python::program("python"));
        protoc.args(["-m", "grpc_tools.protoc", "-I"]).arg(protos());
        for flag in ["--python_out", "--grpc_python_out"] {
            protoc.arg(format!("{flag}={}", stubs.display()));
        }
        python::succeed(protoc.args(proto_files()));
        let mut program = Program::new([python::program("python"), example("python/service.py")]);
        program.variables = vec![("PYTHONPATH", stubs)];
        program
    };
    BUILT.get_or_init(build).clone()
}

pub(super) fn typescript() -> Built {
    static BUILT: OnceLock<Program> = OnceLock::new();
    let build = || {
        let place = folder("typescript");
        let wanted = fs::read_to_string(example("typescript/package.json")).expect("a package");
        let installed = fs::read_to_string(place.join("package.json"));
        python::succeed(
            Command::new("cp")
                .arg("-R")
                .arg(example("typescript/."))
                .arg(&place),
        );
        let is_installed = place.join("node_modules/.package-lock.json").exists();
        if !is_installed || installed.is_ok_and(|it| it != wanted) {
            npm(&place, &["install", "--silent", "--no-audit", "--no-fund"]);
        }
        npm(
            &place,
            &["exec", "--", "buf", "generate", &protos().display().to_string()],
        );
        npm(&place, &["run", "build"]);
        Program::new(["node".into(), place.join("dist/service.js")])
    };
    needing("TypeScript", &["node", "npm"], &[]).map(|()| BUILT.get_or_init(build).clone())
}

pub(super) fn go() -> Built {
    static BUILT: OnceLock<Program> = OnceLock::new();
    let build = || {
        let place = folder("go");
        let stubs = place.join("gopath/src");
        fs::create_dir_all(&stubs).expect("a folder");
        let mut protoc = Command::new("protoc");
        protoc.arg("-I").arg(protos());
        for flag in ["--go_out", "--go-grpc_out"] {
            protoc.arg(format!("{flag}={}", stubs.display()));
        }
        python::succeed(protoc.args(proto_files()));
        let program = place.join("service");
        let path = format!("{}:{GO_LIBRARIES}", place.join("gopath").display());
        let mut go = Command::new("go");
        go.args(["build", "-o"]).arg(&program).current_dir(example("go"));
        go.env("GO111MODULE", "off")
            .env("GOPATH", path)
            .env("GOCACHE", place.join("cache"));
        python::succeed(&mut go);
        Program::new([program])
    };
    let tools = ["go", "protoc", "protoc-gen-go", "protoc-gen-go-grpc"];
    let library = format!("{GO_LIBRARIES}/src/google.golang.org/grpc");
    needing("Go", &tools, &[&library]).map(|()| BUILT.get_or_init(build).clone())
}

pub(super) fn java() -> Built {
    static BUILT: OnceLock<Program> = OnceLock::new();
    let build = || {
        let (stubs, classes) = (folder("java/stubs"), folder("java/classes"));
        let mut protoc = Command::new("protoc");
        protoc.arg("-I").arg(protos());
        for flag in ["--java_out", "--grpc-java_out"] {
            protoc.arg(format!("{flag}={}", stubs.display()));
        }
        protoc.arg("--plugin=protoc-gen-grpc-java=/usr/bin/grpc_java_plugin");
        python::succeed(protoc.args(proto_files()));
        let libraries = format!("{JAVA_LIBRARIES}/*");
        let sources = example("java/src/main/java");
        let mut javac = Command::new("javac");
        javac.args(["-nowarn", "-cp", &libraries, "-d"]).arg(&classes);
        javac
            .arg("-sourcepath")
            .arg(format!("{}:{}", sources.display(), stubs.display()));
        python::succeed(javac.arg(sources.join("example/Service.java")));
        let path = format!("{}:{libraries}", classes.display());
        Program::new(["java".into(), "-cp".into(), path.into(), "example.Service".into()])
    };
    let libraries = [
        "grpc-netty",
        "grpc-protobuf",
        "grpc-stub",
        "protobuf",
        "perfmark-api",
    ];
    let libraries = libraries.map(|name| format!("{JAVA_LIBRARIES}/{name}.jar"));
    let libraries = libraries.each_ref().map(String::as_str);
    let tools = ["java", "javac", "protoc", "grpc_java_plugin"];
    needing("Java", &tools, &libraries).map(|()| BUILT.get_or_init(build).clone())
}

/// Generates the stubs of `buf.gen.yaml` with buf and the generator of the example in TypeScript.
pub(super) fn buf_generate() -> Result<PathBuf, String> {
    let tools = [
        "protoc",
        "grpc_python_plugin",
        "protoc-gen-go",
        "protoc-gen-go-grpc",
        "grpc_java_plugin",
    ];
    needing("every language", &tools, &[])?;
    typescript()?;
    let (place, installed) = (folder("buf"), folder("typescript").join("node_modules/.bin"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut buf = Command::new(installed.join("buf"));
    buf.args(["generate", "--output"]).arg(&place).current_dir(root());
    python::succeed(buf.env("PATH", format!("{}:{path}", installed.display())));
    Ok(place)
}

/// Looks for the tools and files that an example is built with.
fn needing(language: &str, tools: &[&str], files: &[&str]) -> Result<(), String> {
    let is_there = |tool: &&&str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(tool).exists())
    };
    let missing_tool = tools.iter().find(|tool| !is_there(tool));
    let missing = missing_tool.or_else(|| files.iter().find(|file| !Path::new(file).exists()));
    match missing {
        Some(missing) => Err(format!("the example in {language}, as {missing} is missing")),
        None => Ok(()),
    }
}

fn npm(place: &Path, arguments: &[&str]) {
    python::succeed(Command::new("npm").args(arguments).current_dir(place));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn example(path: &str) -> PathBuf {
    root().join("examples").join(path)
}

fn protos() -> PathBuf {
    root().join("proto")
}

fn proto_files() -> impl Iterator<Item = PathBuf> {
    let files = fs::read_dir(protos().join("roster/identity/v1")).expect("the proto files");
    files.map(|file| file.expect("a file").path())
}

/// A folder for what is made of an example.
pub(super) fn folder(name: &str) -> PathBuf {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("examples")
        .join(name);
    fs::create_dir_all(&place).expect("a folder");
    place
}
