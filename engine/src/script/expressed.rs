//! A closure's body as an expression, where it is plain enough: operators, `if`, and the methods of strings and numbers
//! that have a verb of their own. It is read from the parsed script; nothing is called.

use polars::prelude::{DataType, Expr, NULL, col, lit, when};
use rhai::{Expr as Node, FnCallExpr, Stmt, StmtBlock};

/// An expression of the column `""`, and the text of it with the subject in that column's place.
pub(super) struct Expressed {
    pub(super) expression: Expr,
    pub(super) text: String,
    /// Whether the text needs brackets beside an operator.
    is_compound: bool,
}

type Operator = (&'static str, &'static str, fn(Expr, Expr) -> Expr);
type Method = (&'static str, &'static str, fn(Expr) -> Expr);
type Searched = (&'static str, &'static str, fn(Expr, Expr) -> Expr);

/// Operators of the script, how they are written between expressions, and what they do there.
const OPERATORS: &[Operator] = &[
    ("+", "+", |left, right| left + right),
    ("-", "-", |left, right| left - right),
    ("*", "*", |left, right| left * right),
    ("/", "/", Expr::true_div),
    ("%", "%", |left, right| left % right),
    ("**", "**", Expr::pow),
    ("==", "==", Expr::eq),
    ("!=", "!=", Expr::neq),
    ("<", "<", Expr::lt),
    ("<=", "<=", Expr::lt_eq),
    (">", ">", Expr::gt),
    (">=", ">=", Expr::gt_eq),
    ("and", "&", Expr::and),
    ("or", "|", Expr::or),
];

/// Methods of the script without arguments, and the verbs that do the same.
const METHODS: &[Method] = &[
    ("to_upper", "str.to_uppercase()", |e| e.str().to_uppercase()),
    ("to_lower", "str.to_lowercase()", |e| e.str().to_lowercase()),
    ("len", "str.len_chars()", |e| e.str().len_chars()),
    ("to_string", "cast(String)", |e| e.strict_cast(DataType::String)),
    ("to_int", "cast(Int64)", |e| e.strict_cast(DataType::Int64)),
    ("to_float", "cast(Float64)", |e| e.strict_cast(DataType::Float64)),
    ("abs", "abs()", Expr::abs),
    ("floor", "floor()", Expr::floor),
    ("ceiling", "ceil()", Expr::ceil),
    ("sqrt", "sqrt()", Expr::sqrt),
    ("exp", "exp()", Expr::exp),
    ("ln", "log()", |e| e.log(lit(std::f64::consts::E))),
    ("sin", "sin()", Expr::sin),
    ("cos", "cos()", Expr::cos),
];

/// Methods of the script with one argument; `{}` is where it stands.
const SEARCHED: &[Searched] = &[
    ("contains", "str.contains({}, #{ literal: true })", |e, text| e.str().contains_literal(text)),
    ("starts_with", "str.starts_with({})", |e, text| e.str().starts_with(text)),
    ("ends_with", "str.ends_with({})", |e, text| e.str().ends_with(text)),
    ("split", "str.split({})", |e, text| e.str().split(text)),
];

/// The body of a closure of this one parameter, over a subject.
pub(super) fn expressed(body: &[Stmt], parameter: &str, subject: &str) -> Option<Expressed> {
    Reader { parameter, subject }.statements(body)
}

struct Reader<'a> {
    parameter: &'a str,
    subject: &'a str,
}

impl Reader<'_> {
    fn block(&self, block: &StmtBlock) -> Option<Expressed> {
        self.statements(block.statements())
    }

    fn statements(&self, statements: &[Stmt]) -> Option<Expressed> {
        match statements {
            [only] => self.statement(only),
            _ => None,
        }
    }

    fn statement(&self, statement: &Stmt) -> Option<Expressed> {
        match statement {
            Stmt::Expr(node) => self.node(node),
            Stmt::Return(Some(node), ..) => self.node(node),
            Stmt::FnCall(call, _) => self.call(call),
            Stmt::Block(block) => self.block(block),
            Stmt::If(flow, _) => {
                let condition = self.node(&flow.expr)?;
                let (then, other) = (self.block(&flow.body)?, self.block(&flow.branch)?);
                Some(Expressed {
                    text: format!("when({}).then({}).otherwise({})", condition.text, then.text, other.text),
                    expression: when(condition.expression).then(then.expression).otherwise(other.expression),
                    is_compound: false,
                })
            }
            _ => None,
        }
    }

    fn node(&self, node: &Node) -> Option<Expressed> {
        match node {
            Node::Variable(variable, ..) if variable.1.as_str() == self.parameter => {
                Some(plain(col(""), self.subject.to_owned()))
            }
            Node::BoolConstant(flag, _) => Some(plain(lit(*flag), flag.to_string())),
            Node::IntegerConstant(number, _) => Some(plain(lit(*number), number.to_string())),
            Node::FloatConstant(number, _) => Some(plain(lit(**number), format!("{:?}", **number))),
            Node::StringConstant(text, _) => Some(plain(lit(text.as_str()), format!("{:?}", text.as_str()))),
            Node::Unit(_) => Some(plain(lit(NULL), "()".to_owned())),
            Node::FnCall(call, _) => self.call(call),
            Node::And(sides, _) => self.joined(sides, "&", Expr::and),
            Node::Or(sides, _) => self.joined(sides, "|", Expr::or),
            Node::Stmt(block) => self.block(block),
            Node::Dot(sides, ..) => {
                let receiver = self.node(&sides.lhs)?;
                match &sides.rhs {
                    Node::MethodCall(call, _) => self.method(receiver, call),
                    Node::Property(property, _) => self.method_named(receiver, &property.2, &[]),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn joined(&self, sides: &[Node], sign: &str, join: fn(Expr, Expr) -> Expr) -> Option<Expressed> {
        let mut sides = sides.iter().map(|side| self.node(side)).collect::<Option<Vec<_>>>()?.into_iter();
        let first = sides.next()?;
        Some(sides.fold(first, |left, right| binary(left, sign, right, join)))
    }

    fn call(&self, call: &FnCallExpr) -> Option<Expressed> {
        let name = call.name.as_str();
        match call.args.as_slice() {
            [left, right] => {
                let (_, sign, join) = OPERATORS.iter().find(|(known, ..)| *known == name)?;
                Some(binary(self.node(left)?, sign, self.node(right)?, *join))
            }
            [only] if matches!(name, "-" | "!") => {
                let inner = self.node(only)?;
                let expression =
                    if name == "-" { -inner.expression.clone() } else { inner.expression.clone().not() };
                Some(Expressed {
                    text: format!("{name}{}", bracketed(&inner)),
                    expression,
                    is_compound: false,
                })
            }
            [only] => {
                let receiver = self.node(only)?;
                self.method_named(receiver, name, &[])
            }
            _ => None,
        }
    }

    fn method(&self, receiver: Expressed, call: &FnCallExpr) -> Option<Expressed> {
        self.method_named(receiver, call.name.as_str(), &call.args)
    }

    fn method_named(&self, receiver: Expressed, name: &str, arguments: &[Node]) -> Option<Expressed> {
        let before = bracketed(&receiver);
        match arguments {
            [] => {
                let (_, text, run) = METHODS.iter().find(|(known, ..)| *known == name)?;
                Some(plain(run(receiver.expression), format!("{before}.{text}")))
            }
            [argument] => {
                let argument = self.node(argument)?;
                let (_, text, run) = SEARCHED.iter().find(|(known, ..)| *known == name)?;
                let text = format!("{before}.{}", text.replace("{}", &argument.text));
                Some(plain(run(receiver.expression, argument.expression), text))
            }
            _ => None,
        }
    }
}

fn plain(expression: Expr, text: String) -> Expressed {
    Expressed { expression, text, is_compound: false }
}

fn binary(left: Expressed, sign: &str, right: Expressed, join: fn(Expr, Expr) -> Expr) -> Expressed {
    let text = format!("{} {sign} {}", bracketed(&left), bracketed(&right));
    let expression = match (sign, right.text.as_str()) {
        ("==", "()") => left.expression.is_null(),
        ("!=", "()") => left.expression.is_not_null(),
        _ => join(left.expression, right.expression),
    };
    Expressed { expression, text, is_compound: true }
}

fn bracketed(side: &Expressed) -> String {
    if side.is_compound { format!("({})", side.text) } else { side.text.clone() }
}
