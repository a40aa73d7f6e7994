//! One file of the sources: where it stands, and everything in it that the rules ask about.

use std::{fs, path::Path};

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::{spanned::Spanned, visit::Visit};

/// One file.
#[derive(Debug)]
pub struct File {
    /// The path from the root of the repository, with `/`: `src/resolve/answer.rs`.
    pub path: String,
    pub text: String,
}

/// What was met, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Met {
    pub line: usize,
    pub what: What,
    /// Whether it is compiled for tests alone.
    pub in_test: bool,
}

/// What the rules ask about.
#[derive(Debug, PartialEq, Eq)]
pub enum What {
    /// A path into this crate, from its root: `domain::id::Id`.
    House(Vec<String>),
    /// Any other path, as written: `std::fs::read`. Imported ones end with what they import, `*` for all.
    Outside(Vec<String>),
    /// The call of a method.
    Call(String),
    /// `async` or `await`.
    Async,
    /// A string.
    Text(String),
}

impl File {
    /// Reads every Rust file below `folder`, which stands in `root`.
    pub fn all(root: &Path, folder: &str) -> Vec<Self> {
        let mut files = Vec::new();
        let mut folders = vec![root.join(folder)];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next).expect("the folder is there").map(|entry| entry.expect("an entry")) {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = fs::read_to_string(&path).expect("sources are UTF-8");
                    let path = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
                    files.push(Self { path, text });
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// Returns the modules that lead to it from the root of the crate.
    pub fn module(&self) -> Vec<String> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.split('/').filter(|part| *part != "mod" && *part != "lib").map(str::to_owned).collect()
    }

    /// Returns its room; `None` for the crate's root, which only opens the rooms.
    pub fn room(&self) -> Option<String> {
        self.module().into_iter().next()
    }

    /// Says whether the whole file is compiled for tests alone: `foo/tests.rs`, by the house's habit, and what is below.
    pub fn is_test(&self) -> bool {
        self.module().iter().any(|part| part == "tests")
    }

    /// Returns everything that the rules ask about.
    pub fn contents(&self) -> Result<Vec<Met>, syn::Error> {
        let parsed = syn::parse_file(&self.text)?;
        let module = if self.room().as_deref() == Some("main") { Vec::new() } else { self.module() };
        let mut reader = Reader { module, in_test: self.is_test(), met: Vec::new() };
        reader.visit_file(&parsed);
        Ok(reader.met)
    }
}

struct Reader {
    module: Vec<String>,
    in_test: bool,
    met: Vec<Met>,
}

impl Reader {
    fn note(&mut self, span: Span, what: What) {
        self.met.push(Met { line: span.start().line, what, in_test: self.in_test });
    }

    fn note_path(&mut self, span: Span, segments: &[String]) {
        let Some(first) = segments.first() else { return };
        let what = match first.as_str() {
            "crate" | "keydeck" => What::House(segments[1..].to_vec()),
            "self" | "super" => {
                let mut module = self.module.clone();
                let steps = segments.iter().take_while(|part| matches!(part.as_str(), "self" | "super"));
                steps.filter(|part| *part == "super").for_each(|_| drop(module.pop()));
                let rest = segments.iter().skip_while(|part| matches!(part.as_str(), "self" | "super"));
                What::House(module.into_iter().chain(rest.cloned()).collect())
            }
            _ => What::Outside(segments.to_vec()),
        };
        self.note(span, what);
    }

    fn note_use(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.note_use(&with(path.ident.to_string()), &path.tree),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.note_use(prefix, item)),
            syn::UseTree::Glob(glob) => self.note_path(glob.span(), &with("*".to_owned())),
            syn::UseTree::Name(syn::UseName { ident }) | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                let path = if ident == "self" { prefix.to_vec() } else { with(ident.to_string()) };
                self.note_path(ident.span(), &path);
            }
        }
    }

    /// Reads the inside of a macro, which has no grammar of its own: chains of names, calls, strings.
    fn note_tokens(&mut self, prefix: &[String], tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign);
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.note_tokens(&[], group.stream()),
                TokenTree::Literal(literal) => self.note(literal.span(), What::Text(literal.to_string())),
                TokenTree::Ident(name) if name == "async" || name == "await" => self.note(name.span(), What::Async),
                TokenTree::Ident(name) if at > 0 && is(at - 1, '.') && !(at > 1 && is(at - 2, '.')) => {
                    self.note(name.span(), What::Call(name.to_string()));
                }
                TokenTree::Ident(name) => {
                    let mut chain: Vec<_> = prefix.iter().cloned().chain([name.to_string()]).collect();
                    while is(at + 1, ':') && is(at + 2, ':') {
                        match tokens.get(at + 3) {
                            Some(TokenTree::Ident(next)) => chain.push(next.to_string()),
                            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                                self.note_tokens(&chain, group.stream());
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    self.note_path(name.span(), &chain);
                }
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    /// Visits something, in test if its attributes say so.
    fn within<T: ?Sized>(&mut self, attributes: &[syn::Attribute], it: &T, visit: impl FnOnce(&mut Self, &T)) {
        let before = self.in_test;
        self.in_test |= attributes.iter().any(is_for_tests);
        visit(self, it);
        self.in_test = before;
    }
}

fn is_for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("test")
        || attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, it: &'ast syn::ItemMod) {
        self.module.push(it.ident.to_string());
        self.within(&it.attrs, it, |reader, it| syn::visit::visit_item_mod(reader, it));
        self.module.pop();
    }

    fn visit_item_fn(&mut self, it: &'ast syn::ItemFn) {
        self.within(&it.attrs, it, |reader, it| syn::visit::visit_item_fn(reader, it));
    }

    fn visit_item_impl(&mut self, it: &'ast syn::ItemImpl) {
        self.within(&it.attrs, it, |reader, it| syn::visit::visit_item_impl(reader, it));
    }

    fn visit_impl_item_fn(&mut self, it: &'ast syn::ImplItemFn) {
        self.within(&it.attrs, it, |reader, it| syn::visit::visit_impl_item_fn(reader, it));
    }

    fn visit_item_use(&mut self, it: &'ast syn::ItemUse) {
        self.within(&it.attrs, it, |reader, it| reader.note_use(&[], &it.tree));
    }

    fn visit_path(&mut self, it: &'ast syn::Path) {
        let segments: Vec<_> = it.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note_path(it.span(), &segments);
        syn::visit::visit_path(self, it);
    }

    fn visit_signature(&mut self, it: &'ast syn::Signature) {
        if let Some(word) = it.asyncness {
            self.note(word.span(), What::Async);
        }
        syn::visit::visit_signature(self, it);
    }

    fn visit_expr_async(&mut self, it: &'ast syn::ExprAsync) {
        self.note(it.async_token.span(), What::Async);
        syn::visit::visit_expr_async(self, it);
    }

    fn visit_expr_await(&mut self, it: &'ast syn::ExprAwait) {
        self.note(it.await_token.span(), What::Async);
        syn::visit::visit_expr_await(self, it);
    }

    fn visit_expr_method_call(&mut self, it: &'ast syn::ExprMethodCall) {
        self.note(it.method.span(), What::Call(it.method.to_string()));
        syn::visit::visit_expr_method_call(self, it);
    }

    fn visit_lit_str(&mut self, it: &'ast syn::LitStr) {
        self.note(it.span(), What::Text(it.value()));
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {
        // Documentation is a string by syntax alone, and derives import nothing.
    }

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        self.visit_path(&it.path);
        self.note_tokens(&[], it.tokens.clone());
    }
}
