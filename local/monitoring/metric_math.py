"""Metric math expressions of CloudWatch alarms, as far as the program uses them.

Numbers, metrics by ID, arithmetic, comparisons, FILL with a number and IF with three arguments.
Where one of two series has no datapoint, it counts as 0; where neither has, there is none.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import functools
import operator
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A value of one datapoint; None where there is no data.
Value: TypeAlias = float | None

_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
}


class UnsupportedExpressionError(Exception):
    """An expression uses what is not evaluated here; names it."""


def evaluate(expression: str, metrics: Mapping[str, Value]) -> Value:
    """Return the value of an expression over metrics by ID; None where needed data is missing.

    Raises:
        UnsupportedExpressionError: it uses another function, operator or metric.
    """
    return _value(_parsed(expression), metrics)


@functools.cache
def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression, mode="eval").body
    except SyntaxError as error:
        raise UnsupportedExpressionError(expression) from error


def _value(node: ast.expr, metrics: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in metrics:
            return metrics[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(op, *_operands(left, right, metrics))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _compared(op, *_operands(left, right, metrics))
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, default]):
            value = _value(filled, metrics)
            return _value(default, metrics) if value is None else value
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            return _if(*(_value(each, metrics) for each in (condition, then, otherwise)))
    raise UnsupportedExpressionError(ast.unparse(node))


def _operands(left: ast.expr, right: ast.expr, metrics: Mapping[str, Value]) -> tuple[Value, Value]:
    """Return the values of two operands; a series without a datapoint is 0 beside one with it."""
    first, second = _value(left, metrics), _value(right, metrics)
    if first is None and second is not None and not _is_scalar(right):
        first = 0.0
    if second is None and first is not None and not _is_scalar(left):
        second = 0.0
    return first, second


def _is_scalar(node: ast.expr) -> bool:
    """Whether an expression is a number, which has no timestamps, and not a series."""
    return not any(isinstance(each, ast.Name) for each in ast.walk(node))


def _if(condition: Value, then: Value, otherwise: Value) -> Value:
    if condition is None:
        return None
    return (then or 0.0) if condition else otherwise


def _arithmetic(op: ast.operator, left: Value, right: Value) -> Value:
    if not isinstance(op, ast.Div) and type(op) not in _ARITHMETIC:
        raise UnsupportedExpressionError(type(op).__name__)
    if left is None or right is None:
        return None
    if isinstance(op, ast.Div):
        return left / right if right else None  # CloudWatch drops the datapoint
    return _ARITHMETIC[type(op)](left, right)


def _compared(op: ast.cmpop, left: Value, right: Value) -> Value:
    return None if left is None or right is None else float(_COMPARISONS[type(op)](left, right))
