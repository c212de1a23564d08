//! What a rule must know of an expression: whether each row of its result comes from one row of its input, and how
//! many rows it has.

use polars::prelude::{DataType, PlSmallStr, Schema};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::projection_height::{ExprProjectionHeight, aexpr_projection_height_rec};
use polars_plan::plans::{
    AExpr, IR, ToFieldContext, is_elementwise_rec, is_inherently_nondeterministic,
    is_inherently_nondeterministic_top_level, is_row_separable_rec,
};
use polars_utils::arena::Node;
use polars_utils::scratch_vec::ScratchVec;

use crate::cut::Cutter;

impl Cutter<'_> {
    /// Whether each row of the result comes from the same row of the input alone.
    pub(super) fn is_rowwise(&self, expr: &ExprIR) -> bool {
        is_elementwise_rec(expr.node(), &self.exprs)
    }

    /// Whether the expression looks at one row after the other, whatever those below it do.
    pub(super) fn is_by_row_itself(&self, node: Node) -> bool {
        let expr = self.exprs.get(node);
        match expr {
            AExpr::Column(_) | AExpr::BinaryExpr { .. } | AExpr::Ternary { .. } | AExpr::Cast { .. } => true,
            AExpr::Literal(value) => value.is_scalar(),
            AExpr::Function { options, .. } => {
                options.is_elementwise() && !is_inherently_nondeterministic_top_level(expr)
            }
            _ => false,
        }
    }

    /// Whether the result of some rows, put below that of the others, is the result of all.
    pub(super) fn is_row_separable(&self, node: Node) -> bool {
        is_row_separable_rec(node, &self.exprs) && !self.is_random(node)
    }

    /// Whether two runs may give two results.
    pub(super) fn is_random(&self, node: Node) -> bool {
        // Closures count as such too; they are refused later, where they cannot travel.
        is_inherently_nondeterministic(node, &self.exprs)
    }

    /// Whether the expression has one value, whatever the number of rows.
    pub(super) fn is_one_value(&self, expr: &ExprIR) -> bool {
        self.height(expr.node()) == ExprProjectionHeight::Scalar
    }

    fn height(&self, node: Node) -> ExprProjectionHeight {
        let (mut stack, mut edges) = (ScratchVec::default(), ScratchVec::default());
        aexpr_projection_height_rec(node, &self.exprs, &mut stack, &mut edges)
    }

    /// The column that the expression is, where it is no more.
    pub(super) fn plain_name(&self, expr: &ExprIR) -> Option<&PlSmallStr> {
        match self.exprs.get(expr.node()) {
            AExpr::Column(name) => Some(name),
            _ => None,
        }
    }

    /// The columns that the expressions are, where none is more.
    pub(super) fn plain_names(&self, exprs: &[ExprIR]) -> Option<Vec<PlSmallStr>> {
        exprs.iter().map(|expr| self.plain_name(expr).cloned()).collect()
    }

    /// The type of the expression over rows of this schema.
    pub(super) fn dtype(&self, node: Node, schema: &Schema) -> Option<DataType> {
        self.exprs.get(node).to_dtype(&ToFieldContext::new(&self.exprs, schema)).ok()
    }

    /// Whether rows can be spread by these keys: they are worked out row by row, and are equal in every process.
    pub(super) fn can_spread(&self, keys: &[ExprIR], schema: &Schema) -> bool {
        !keys.is_empty()
            && keys.iter().all(|key| {
                self.is_rowwise(key)
                    && !self.is_random(key.node())
                    && !self.is_one_value(key)
                    && self.dtype(key.node(), schema).is_some_and(|dtype| is_hashed_alike(&dtype))
            })
    }
}

/// The expressions of a node that takes its rows one by one where they do.
pub(super) fn exprs_of(ir: &IR) -> Option<&[ExprIR]> {
    match ir {
        IR::HStack { exprs, .. } => Some(exprs),
        IR::Select { expr, .. } => Some(expr),
        IR::Filter { predicate, .. } => Some(std::slice::from_ref(predicate)),
        _ => None,
    }
}

/// Whether equal values have equal hashes in every process. Categories inside lists and structs are hashed by codes,
/// which differ between processes.
pub(super) fn is_hashed_alike(dtype: &DataType) -> bool {
    fn inside(dtype: &DataType) -> bool {
        match dtype {
            DataType::Categorical(..) | DataType::Enum(..) => false,
            DataType::List(inner) | DataType::Array(inner, _) => inside(inner),
            DataType::Struct(fields) => fields.iter().all(|field| inside(field.dtype())),
            dtype => is_plain(dtype),
        }
    }
    match dtype {
        DataType::Categorical(..) | DataType::Enum(..) => true,
        dtype => inside(dtype),
    }
}

fn is_plain(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric()
        || dtype.is_temporal()
        || dtype.is_decimal()
        || matches!(dtype, DataType::Boolean | DataType::String | DataType::Binary | DataType::Int128)
}
