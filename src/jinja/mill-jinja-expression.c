/* The parser of expressions: operators, conditional expressions, tuples, targets of assignments. */
#include <string.h>

#include "mill-jinja-parser.h"

/* Binding strength. `not` stands between `and` and the comparisons; a unary sign, and the filters and
 * tests that follow an operand, bind tighter than all of these. */
enum { LEVEL_OR, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_ADD, LEVEL_CONCAT, LEVEL_MUL, LEVEL_POW, LEVEL_NONE };

static JinjaNode *parse_level (JinjaParser *self, int min);

/* The operator at the current token, its strength in *level. */
static JinjaOp
get_operator (JinjaParser *self, int *level)
{
  *level = LEVEL_COMPARE;
  switch (self->token.type)
    {
    case JINJA_TOKEN_EQ: return JINJA_OP_EQ;
    case JINJA_TOKEN_NE: return JINJA_OP_NE;
    case JINJA_TOKEN_LT: return JINJA_OP_LT;
    case JINJA_TOKEN_LE: return JINJA_OP_LE;
    case JINJA_TOKEN_GT: return JINJA_OP_GT;
    case JINJA_TOKEN_GE: return JINJA_OP_GE;
    case JINJA_TOKEN_ADD: *level = LEVEL_ADD; return JINJA_OP_ADD;
    case JINJA_TOKEN_SUB: *level = LEVEL_ADD; return JINJA_OP_SUB;
    case JINJA_TOKEN_TILDE: *level = LEVEL_CONCAT; return 0;
    case JINJA_TOKEN_MUL: *level = LEVEL_MUL; return JINJA_OP_MUL;
    case JINJA_TOKEN_DIV: *level = LEVEL_MUL; return JINJA_OP_DIV;
    case JINJA_TOKEN_FLOORDIV: *level = LEVEL_MUL; return JINJA_OP_FLOORDIV;
    case JINJA_TOKEN_MOD: *level = LEVEL_MUL; return JINJA_OP_MOD;
    case JINJA_TOKEN_POW: *level = LEVEL_POW; return JINJA_OP_POW;
    case JINJA_TOKEN_NAME:
      if (jinja_parser_is_name (self, "in"))
        return JINJA_OP_IN;
      if (jinja_parser_is_name (self, "not") && jinja_parser_peek_is (self, JINJA_TOKEN_NAME, "in"))
        return JINJA_OP_NOT_IN;
      *level = jinja_parser_is_name (self, "or") ? LEVEL_OR : jinja_parser_is_name (self, "and") ? LEVEL_AND : LEVEL_NONE;
      return 0;
    default: *level = LEVEL_NONE; return 0;
    }
}

/* Comparisons chain, and what is joined by ~ is joined at once. */
static JinjaNode *
parse_chain (JinjaParser *self, JinjaNode *first, int level)
{
  g_autoptr (GPtrArray) operands = g_ptr_array_new ();
  g_autoptr (GByteArray) ops = g_byte_array_new ();
  JinjaNode *node = jinja_node (self, level == LEVEL_COMPARE ? JINJA_NODE_COMPARE : JINJA_NODE_CONCAT,
                                self->token.line);
  int found;
  guint8 op = get_operator (self, &found);
  if (level == LEVEL_CONCAT)
    g_ptr_array_add (operands, first);
  while (found == level && self->error == NULL)
    {
      if (!jinja_parser_next (self) || (op == JINJA_OP_NOT_IN && !jinja_parser_next (self)))
        return NULL;
      JinjaNode *operand = parse_level (self, level + 1);
      if (operand == NULL)
        return NULL;
      g_ptr_array_add (operands, operand);
      g_byte_array_append (ops, &op, 1);
      op = get_operator (self, &found);
    }
  node->escape = self->escape;
  if (level == LEVEL_CONCAT)
    {
      node->items = jinja_parser_nodes (self, operands);
      return jinja_parser_raise_over (self, node, node->items);
    }
  node->compare.first = first;
  node->compare.rest = jinja_parser_nodes (self, operands);
  node->compare.ops = jinja_parser_alloc (self, ops->len);
  memcpy (node->compare.ops, ops->data, ops->len);
  return jinja_parser_raise_over (self, jinja_parser_raise (self, node, first), node->compare.rest);
}

static JinjaNode *
parse_not (JinjaParser *self)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_NOT, self->token.line);
  if (jinja_parser_enter (self) && jinja_parser_next (self))
    node->operand = parse_level (self, LEVEL_NOT);
  jinja_parser_leave (self);
  return node->operand != NULL ? jinja_parser_raise (self, node, node->operand) : NULL;
}

/* Operators that bind at least as tight as `min`, by precedence climbing. */
static JinjaNode *
parse_level (JinjaParser *self, int min)
{
  gboolean is_not = min <= LEVEL_NOT && jinja_parser_is_name (self, "not");
  JinjaNode *left = is_not ? parse_not (self) : jinja_parse_operand (self, TRUE);
  while (left != NULL)
    {
      int level;
      JinjaOp op = get_operator (self, &level);
      if (level == LEVEL_NONE || level < min || self->error != NULL)
        break;
      if (level == LEVEL_COMPARE || level == LEVEL_CONCAT)
        {
          left = parse_chain (self, left, level);
          continue;
        }
      JinjaNode *node = jinja_node (self, level == LEVEL_OR    ? JINJA_NODE_OR
                                          : level == LEVEL_AND ? JINJA_NODE_AND
                                                               : JINJA_NODE_BINARY, self->token.line);
      node->op = op;
      node->binary.left = left;
      node->binary.right = jinja_parser_next (self) ? parse_level (self, level + 1) : NULL;
      left = node->binary.right != NULL ? jinja_parser_raise (self, jinja_parser_raise (self, node, left), node->binary.right) : NULL;
    }
  return self->error == NULL ? left : NULL;
}

static JinjaNode *
parse_cond (JinjaParser *self)
{
  /* Filters in a conditional expression may be unknown, also those before its `if`. */
  guint n_unknown = self->unknown->len;
  JinjaNode *node = parse_level (self, LEVEL_OR);
  while (node != NULL && jinja_parser_is_name (self, "if"))
    {
      JinjaNode *cond = jinja_node (self, JINJA_NODE_COND, self->token.line);
      gboolean soft = self->soft;
      self->soft = TRUE;
      cond->cond.then = node;
      cond->cond.test = jinja_parser_next (self) ? parse_level (self, LEVEL_OR) : NULL;
      if (cond->cond.test != NULL && jinja_parser_skip_name (self, "else"))
        cond->cond.otherwise = jinja_parse_expression (self, TRUE);
      self->soft = soft;
      if (self->error != NULL)
        return NULL;
      g_ptr_array_set_size (self->unknown, (int) n_unknown);
      node = jinja_parser_raise (self, jinja_parser_raise (self, jinja_parser_raise (self, cond, node), cond->cond.test), cond->cond.otherwise);
    }
  return node;
}

JinjaNode *
jinja_parse_expression (JinjaParser *self, gboolean with_cond)
{
  JinjaNode *node = NULL;
  if (jinja_parser_enter (self))
    node = with_cond ? parse_cond (self) : parse_level (self, LEVEL_OR);
  jinja_parser_leave (self);
  return self->error == NULL ? node : NULL;
}

/* Tuples and targets ---------------------------------------------------------------------------- */

static gboolean
is_tuple_end (const JinjaParser *self, const char *end)
{
  return jinja_parser_is (self, JINJA_TOKEN_VARIABLE_END) || jinja_parser_is (self, JINJA_TOKEN_BLOCK_END)
         || jinja_parser_is (self, JINJA_TOKEN_RPAREN) || (end != NULL && jinja_parser_is_name (self, end));
}

static JinjaNode *
parse_target_primary (JinjaParser *self, gboolean namespaces)
{
  guint line = self->token.line;
  JinjaNode *node = NULL;
  if (jinja_parser_is (self, JINJA_TOKEN_NAME))
    node = jinja_parse_name (self, TRUE, namespaces);
  else if (jinja_parser_is (self, JINJA_TOKEN_LPAREN) && jinja_parser_enter (self))
    {
      if (jinja_parser_next (self))
        node = jinja_parse_tuple (self, JINJA_TUPLE_TARGET, NULL);
      if (node != NULL && !jinja_parser_expect (self, JINJA_TOKEN_RPAREN))
        node = NULL;
      jinja_parser_leave (self);
    }
  if (self->error != NULL)
    return NULL;
  if (node == NULL || node->type == JINJA_NODE_CONST)
    return jinja_parser_fail (self, line, "this cannot be assigned to");
  return node;
}

/* As jinja_parse_tuple. `namespaces` is for targets. */
static JinjaNode *
parse_tuple (JinjaParser *self, JinjaTupleKind kind, const char *end, gboolean namespaces)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  guint line = self->token.line;
  gboolean is_tuple = FALSE;
  while (!is_tuple_end (self, end))
    {
      JinjaNode *item = kind == JINJA_TUPLE_TARGET ? parse_target_primary (self, namespaces)
                                                   : jinja_parse_expression (self, kind != JINJA_TUPLE_NO_COND);
      if (item == NULL)
        return NULL;
      g_ptr_array_add (items, item);
      if (!jinja_parser_is (self, JINJA_TOKEN_COMMA))
        break;
      is_tuple = TRUE;
      if (!jinja_parser_next (self))
        return NULL;
    }
  if (!is_tuple && items->len > 0)
    return g_ptr_array_index (items, 0);
  if (items->len == 0 && kind != JINJA_TUPLE_PARENTHESES)
    {
      g_autofree char *what = jinja_token_describe (&self->token);
      return jinja_parser_fail (self, self->token.line, "expected an expression, got %s", what);
    }
  JinjaNode *node = jinja_node (self, JINJA_NODE_TUPLE, line);
  node->items = jinja_parser_nodes (self, items);
  return jinja_parser_raise_over (self, node, node->items);
}

JinjaNode *
jinja_parse_tuple (JinjaParser *self, JinjaTupleKind kind, const char *end)
{
  return parse_tuple (self, kind, end, FALSE);
}

JinjaNode *
jinja_parse_target (JinjaParser *self, const char *end, gboolean namespaces)
{
  return parse_tuple (self, JINJA_TUPLE_TARGET, end, namespaces);
}

JinjaString *
jinja_parse_target_name (JinjaParser *self)
{
  guint line = self->token.line;
  if (!jinja_parser_is (self, JINJA_TOKEN_NAME))
    {
      g_autofree char *what = jinja_token_describe (&self->token);
      return jinja_parser_fail (self, line, "expected a name, got %s", what);
    }
  JinjaNode *node = jinja_parse_name (self, TRUE, FALSE);
  if (node != NULL && node->type != JINJA_NODE_NAME)
    return jinja_parser_fail (self, line, "this cannot be assigned to");
  return node != NULL ? node->name : NULL;
}
