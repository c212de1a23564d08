//! Puts the integers of one expression under guard, where somebody sees their values.

use std::collections::HashMap;
use std::ops::Range;

use polars::chunked_array::cast::CastOptions;
use polars::prelude::{DataType, Field, PlSmallStr, Scalar, Schema};
use polars_plan::constants::{get_pl_element_name, get_pl_structfields_name};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, IRAggExpr, IRFunctionExpr, LiteralValue, ToFieldContext};
use polars_plan::prelude::{Arena, FunctionOptions, Node, OpaqueColumnUdf, Operator};

use super::functions::{can_overflow, float_like};
use super::guard::{self, Operation};

/// The work on one expression.
pub(super) struct Guards<'a> {
    arena: &'a mut Arena<AExpr>,
    schema: &'a Schema,
    /// The column that the expression makes, where it makes one.
    column: Option<PlSmallStr>,
    /// Which nodes hold integers, as far as it was asked.
    integers: HashMap<Node, bool>,
    /// How deep guards lie in each other, in what was looked at so far.
    pub(super) deepest: usize,
}

impl<'a> Guards<'a> {
    pub(super) fn new(arena: &'a mut Arena<AExpr>, schema: &'a Schema, column: Option<PlSmallStr>) -> Self {
        let is_inner =
            |name: &str| ["_POLARS_", "__POLARS_", "__fram_"].iter().any(|own| name.starts_with(own));
        let column = column.filter(|name| !is_inner(name));
        Self { arena, schema, column, integers: HashMap::new(), deepest: 0 }
    }

    /// The expression under guard, or itself where there is nothing to guard. Rows that the mask leaves out are not
    /// looked at, for nobody sees their values.
    pub(super) fn guarded(&mut self, node: Node, mask: Mask) -> Node {
        /// Stack that one level of the recursion may need, and what is added when it is not there.
        const NEEDED: usize = 128 << 10;
        const ADDED: usize = 4 << 20;
        let before = std::mem::take(&mut self.deepest);
        let guarded = stacker::maybe_grow(NEEDED, ADDED, || self.guarded_here(node, mask));
        let is_guard = guarded != node && matches!(self.arena.get(guarded), AExpr::AnonymousFunction { .. });
        self.deepest = before.max(self.deepest + usize::from(is_guard));
        guarded
    }

    fn guarded_here(&mut self, node: Node, mask: Mask) -> Node {
        let expression = self.arena.get(node).clone();
        let inside = match &expression {
            AExpr::Ternary { predicate, truthy, falsy } => self.branches(*predicate, *truthy, *falsy, mask),
            AExpr::BinaryExpr { left, op: op @ (Operator::And | Operator::LogicalAnd), right } => {
                self.conjunction(*left, *op, *right, mask)
            }
            AExpr::Eval { expr, evaluation, variant } => {
                let element = self.dtype(*expr).and_then(|dtype| variant.element_dtype(&dtype).ok().cloned());
                let evaluation = self.evaluation(get_pl_element_name(), element, *evaluation);
                AExpr::Eval { expr: self.guarded(*expr, Mask::Always), evaluation, variant: *variant }
            }
            AExpr::StructEval { expr, evaluation } => {
                let dtype = self.dtype(*expr);
                let mut evaluation = evaluation.clone();
                for part in &mut evaluation {
                    let node = self.evaluation(get_pl_structfields_name(), dtype.clone(), part.node());
                    part.set_node(node);
                }
                AExpr::StructEval { expr: self.guarded(*expr, Mask::Always), evaluation }
            }
            other => {
                let mask = if keeps_rows(other) { mask } else { Mask::Always };
                let mut inputs = Vec::new();
                other.inputs_rev(&mut inputs);
                inputs.reverse();
                let guarded: Vec<Node> = inputs.iter().map(|input| self.guarded(*input, mask)).collect();
                if guarded == inputs { other.clone() } else { other.clone().replace_inputs(&guarded) }
            }
        };
        self.with_guard(node, &expression, inside, mask)
    }

    /// A choice: each branch is looked at where it is chosen.
    fn branches(&mut self, predicate: Node, truthy: Node, falsy: Node, mask: Mask) -> AExpr {
        let yes = self.choice(predicate, mask, Mask::Never);
        let no = self.choice(predicate, Mask::Never, mask);
        AExpr::Ternary {
            predicate: self.guarded(predicate, mask),
            truthy: self.guarded(truthy, yes),
            falsy: self.guarded(falsy, no),
        }
    }

    /// Two conditions that must both hold: filters that follow each other are joined so, and what the first one takes
    /// away the second one would never have seen.
    fn conjunction(&mut self, left: Node, op: Operator, right: Node, mask: Mask) -> AExpr {
        let after_left = self.choice(left, mask, Mask::Never);
        let guarded_right = self.guarded(right, after_left);
        let mask = if guarded_right == right { self.choice(right, mask, Mask::Never) } else { mask };
        AExpr::BinaryExpr { left: self.guarded(left, mask), op, right: guarded_right }
    }

    /// The rows of `then` where the predicate is true, else those of `otherwise`.
    fn choice(&mut self, predicate: Node, then: Mask, otherwise: Mask) -> Mask {
        let [truthy, falsy] = [then, otherwise].map(|mask| match mask {
            Mask::Where(node) => node,
            Mask::Always => self.arena.add(AExpr::Literal(LiteralValue::from(Scalar::from(true)))),
            Mask::Never => self.arena.add(AExpr::Literal(LiteralValue::from(Scalar::from(false)))),
        });
        Mask::Where(self.arena.add(AExpr::Ternary { predicate, truthy, falsy }))
    }

    /// An expression over the elements of a list or the fields of a struct.
    fn evaluation(&mut self, name: PlSmallStr, dtype: Option<DataType>, node: Node) -> Node {
        let Some(dtype) = dtype else { return node };
        let mut schema = self.schema.clone();
        schema.insert(name, dtype);
        let mut guards = Guards::new(self.arena, &schema, self.column.clone());
        let guarded = guards.guarded(node, Mask::Always);
        self.deepest = self.deepest.max(guards.deepest);
        guarded
    }

    /// The guard for what `original` does, around or in the place of `inside`, the same with its inputs guarded.
    fn with_guard(&mut self, node: Node, original: &AExpr, inside: AExpr, mask: Mask) -> Node {
        let is_changed = !same_inputs(original, &inside);
        match original {
            AExpr::BinaryExpr { left, op, right } => {
                let is_integer = op.is_arithmetic() && (self.is_integer(*left) && self.is_integer(*right));
                self.integers.insert(node, is_integer);
                if let (true, Some(operation)) = (is_integer, Operation::of_operator(*op)) {
                    return self.guard_around(operation, &inside, mask);
                }
            }
            AExpr::Function { input, function: IRFunctionExpr::Fused(fused), .. }
                if input.iter().all(|input| self.is_integer(input.node())) =>
            {
                return self.guard_around(Operation::of_fused(*fused), &inside, mask);
            }
            AExpr::Agg(IRAggExpr::Sum(input)) if self.is_integer(*input) => {
                return self.compared(inside, 0..1, &DataType::Float64, mask);
            }
            AExpr::Function { input, function, .. } => {
                let values = can_overflow(function, input.len());
                let dtype = input[values.clone()].first().and_then(|first| self.dtype(first.node()));
                if let Some(float) = dtype.as_ref().and_then(float_like) {
                    return self.compared(inside, values, &float, mask);
                }
            }
            _ => {}
        }
        if is_changed { self.arena.add(inside) } else { node }
    }

    /// The operation done by a guard that looks at its inputs and at what comes out.
    fn guard_around(&mut self, operation: Operation, inside: &AExpr, mask: Mask) -> Node {
        let mut inputs = Vec::new();
        inside.inputs_rev(&mut inputs);
        inputs.reverse();
        self.call(guard::arithmetic(operation, self.column.clone()), inputs, mask)
    }

    /// The operation beside the same one on floats: where they differ by much, the integers have wrapped.
    fn compared(&mut self, inside: AExpr, values: Range<usize>, float: &DataType, mask: Mask) -> Node {
        let mut inputs = Vec::new();
        inside.inputs_rev(&mut inputs);
        inputs.reverse();
        for input in &mut inputs[values] {
            let cast = AExpr::Cast { expr: *input, dtype: float.clone(), options: CastOptions::NonStrict };
            *input = self.arena.add(cast);
        }
        let floats = self.arena.add(inside.clone().replace_inputs(&inputs));
        let integers = self.arena.add(inside);
        // A mask speaks of rows; an aggregate has others.
        let mask = if keeps_rows(self.arena.get(integers)) { mask } else { Mask::Always };
        self.call(guard::comparison(self.column.clone()), vec![integers, floats], mask)
    }

    fn call(&mut self, function: OpaqueColumnUdf, inputs: Vec<Node>, mask: Mask) -> Node {
        let mask = match mask {
            Mask::Where(node) => Some(node),
            Mask::Always | Mask::Never => None,
        };
        let input = inputs.into_iter().chain(mask).map(|node| ExprIR::from_node(node, self.arena)).collect();
        let fmt_str = Box::new(PlSmallStr::from_static("guarded"));
        self.arena.add(AExpr::AnonymousFunction {
            input,
            function,
            options: FunctionOptions::elementwise(),
            fmt_str,
        })
    }

    fn is_integer(&mut self, node: Node) -> bool {
        if let Some(known) = self.integers.get(&node) {
            return *known;
        }
        let is_integer = self.dtype(node).is_some_and(|dtype| dtype.is_integer());
        self.integers.insert(node, is_integer);
        is_integer
    }

    fn dtype(&self, node: Node) -> Option<DataType> {
        let known = ToFieldContext::new(self.arena, self.schema);
        self.arena.get(node).to_field(&known).ok().map(|Field { dtype, .. }| dtype)
    }
}

/// The rows that are looked at.
#[derive(Clone, Copy)]
pub(super) enum Mask {
    /// Those where this expression is true.
    Where(Node),
    /// All of them.
    Always,
    /// None of them.
    Never,
}

/// Whether row n of what comes out is made of row n of what goes in.
fn keeps_rows(expression: &AExpr) -> bool {
    match expression {
        AExpr::BinaryExpr { .. } | AExpr::Cast { .. } => true,
        AExpr::Function { options, .. } | AExpr::AnonymousFunction { options, .. } => {
            options.is_elementwise()
        }
        _ => false,
    }
}

fn same_inputs(one: &AExpr, other: &AExpr) -> bool {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    one.children_rev(&mut ones);
    other.children_rev(&mut others);
    ones == others
}
