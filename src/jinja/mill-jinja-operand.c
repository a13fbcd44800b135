/* The parser of operands: names, literals, brackets, and what may follow them: attributes, items, calls,
 * filters and tests. */
#include <string.h>

#include "mill-jinja-filters.h"
#include "mill-jinja-parser.h"

/* The height follows from the children. */
JinjaNode *
jinja_parser_raise (JinjaParser *self, JinjaNode *node, const JinjaNode *child)
{
  if (node == NULL || child == NULL || child->height < node->height)
    return node;
  node->height = child->height + 1;
  if (node->height > JINJA_MAX_HEIGHT)
    return jinja_parser_fail (self, node->line, "this expression is nested too deeply");
  return node;
}

JinjaNode *
jinja_parser_raise_over (JinjaParser *self, JinjaNode *node, JinjaNodes children)
{
  for (gsize i = 0; i < children.n; i++)
    node = jinja_parser_raise (self, node, children.items[i]);
  return node;
}

static JinjaNode *
raise_over_args (JinjaParser *self, JinjaNode *node, const JinjaCallArgs *args)
{
  node = jinja_parser_raise_over (self, node, args->positional);
  node = jinja_parser_raise_over (self, node, args->named);
  return jinja_parser_raise (self, jinja_parser_raise (self, node, args->dyn_args), args->dyn_named);
}

static JinjaNode *
unexpected (JinjaParser *self)
{
  g_autofree char *what = jinja_token_describe (&self->token);
  return jinja_parser_fail (self, self->token.line, "unexpected %s", what);
}

/* Arguments ------------------------------------------------------------------------------------- */

typedef struct {
  GPtrArray *positional, *named, *names;
  JinjaNode *dyn_args, *dyn_named;
} Args;

static gboolean
parse_argument (JinjaParser *self, Args *args, guint line)
{
  static const char order[] = "positional arguments come before named ones, * and **";
  if (jinja_parser_is (self, JINJA_TOKEN_MUL) || jinja_parser_is (self, JINJA_TOKEN_POW))
    {
      gboolean named = jinja_parser_is (self, JINJA_TOKEN_POW);
      if (args->dyn_named != NULL || (!named && args->dyn_args != NULL))
        return jinja_parser_fail (self, line, "%s", order) != NULL;
      JinjaNode **dyn = named ? &args->dyn_named : &args->dyn_args;
      return jinja_parser_next (self) && (*dyn = jinja_parse_expression (self, TRUE)) != NULL;
    }
  if (jinja_parser_is (self, JINJA_TOKEN_NAME) && jinja_parser_peek_is (self, JINJA_TOKEN_ASSIGN, NULL))
    {
      JinjaString *name = jinja_parser_name (self, self->token.text, self->token.length);
      if (args->dyn_named != NULL)
        return jinja_parser_fail (self, line, "%s", order) != NULL;
      if (g_ptr_array_find (args->names, name, NULL))
        return jinja_parser_fail (self, line, "argument “%s” is given twice", name->text) != NULL;
      if (!jinja_parser_next (self) || !jinja_parser_next (self))
        return FALSE;
      JinjaNode *value = jinja_parse_expression (self, TRUE);
      g_ptr_array_add (args->names, name);
      g_ptr_array_add (args->named, value);
      return value != NULL;
    }
  if (args->dyn_args != NULL || args->dyn_named != NULL || args->named->len > 0)
    return jinja_parser_fail (self, line, "%s", order) != NULL;
  JinjaNode *value = jinja_parse_expression (self, TRUE);
  g_ptr_array_add (args->positional, value);
  return value != NULL;
}

static gboolean
parse_call_args (JinjaParser *self, JinjaCallArgs *out)
{
  g_autoptr (GPtrArray) positional = g_ptr_array_new ();
  g_autoptr (GPtrArray) named = g_ptr_array_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  Args args = { positional, named, names, NULL, NULL };
  guint line = self->token.line;
  if (!jinja_parser_expect (self, JINJA_TOKEN_LPAREN))
    return FALSE;
  gboolean first = TRUE;
  while (!jinja_parser_is (self, JINJA_TOKEN_RPAREN))
    {
      if (!first && !jinja_parser_expect (self, JINJA_TOKEN_COMMA))
        return FALSE;
      if (!first && jinja_parser_is (self, JINJA_TOKEN_RPAREN))
        break;
      if (!parse_argument (self, &args, line))
        return FALSE;
      first = FALSE;
    }
  out->positional = jinja_parser_nodes (self, positional);
  out->named = jinja_parser_nodes (self, named);
  out->names = jinja_parser_alloc (self, names->len * sizeof *out->names);
  if (names->len > 0)
    memcpy (out->names, names->pdata, names->len * sizeof *out->names);
  out->dyn_args = args.dyn_args;
  out->dyn_named = args.dyn_named;
  return jinja_parser_next (self);
}

/* Operands -------------------------------------------------------------------------------------- */

static JinjaNode *
parse_subscribed (JinjaParser *self)
{
  JinjaNode *parts[3] = { NULL };
  guint line = self->token.line;
  if (!jinja_parser_is (self, JINJA_TOKEN_COLON))
    {
      parts[0] = jinja_parse_expression (self, TRUE);
      if (parts[0] == NULL || !jinja_parser_is (self, JINJA_TOKEN_COLON))
        return parts[0];
    }
  for (int i = 1; i < 3 && jinja_parser_is (self, JINJA_TOKEN_COLON); i++)
    {
      if (!jinja_parser_next (self))
        return NULL;
      if (jinja_parser_is (self, JINJA_TOKEN_COLON) || jinja_parser_is (self, JINJA_TOKEN_RBRACKET)
          || jinja_parser_is (self, JINJA_TOKEN_COMMA))
        continue;
      parts[i] = jinja_parse_expression (self, TRUE);
      if (parts[i] == NULL)
        return NULL;
    }
  JinjaNode *node = jinja_node (self, JINJA_NODE_SLICE, line);
  node->slice.start = parts[0];
  node->slice.stop = parts[1];
  node->slice.step = parts[2];
  return jinja_parser_raise (self, jinja_parser_raise (self, jinja_parser_raise (self, node, parts[0]), parts[1]), parts[2]);
}

static JinjaNode *
parse_brackets (JinjaParser *self, JinjaNode *object)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  guint line = self->token.line;
  if (!jinja_parser_next (self))
    return NULL;
  while (!jinja_parser_is (self, JINJA_TOKEN_RBRACKET))
    {
      if (parts->len > 0 && !jinja_parser_expect (self, JINJA_TOKEN_COMMA))
        return NULL;
      JinjaNode *part = parse_subscribed (self);
      if (part == NULL)
        return NULL;
      g_ptr_array_add (parts, part);
    }
  JinjaNode *index;
  if (parts->len == 1)
    index = g_ptr_array_index (parts, 0);
  else
    {
      index = jinja_node (self, JINJA_NODE_TUPLE, line);
      index->items = jinja_parser_nodes (self, parts);
      index = jinja_parser_raise_over (self, index, index->items);
    }
  JinjaNode *node = jinja_node (self, JINJA_NODE_GETITEM, line);
  node->item.object = object;
  node->item.index = index;
  return jinja_parser_next (self) ? jinja_parser_raise (self, jinja_parser_raise (self, node, object), index) : NULL;
}

static JinjaNode *
parse_dot (JinjaParser *self, JinjaNode *object)
{
  guint line = self->token.line;
  JinjaNode *node;
  if (!jinja_parser_next (self))
    return NULL;
  if (jinja_parser_is (self, JINJA_TOKEN_NAME))
    {
      node = jinja_node (self, JINJA_NODE_GETATTR, line);
      node->attr.object = object;
      node->attr.name = jinja_parser_name (self, self->token.text, self->token.length);
    }
  else if (jinja_parser_is (self, JINJA_TOKEN_INTEGER))
    {
      node = jinja_node (self, JINJA_NODE_GETITEM, line);
      node->item.object = object;
      node->item.index = jinja_node (self, JINJA_NODE_CONST, line);
      node->item.index->value = self->token.value;
    }
  else
    return jinja_parser_fail (self, self->token.line, "expected a name or a number after “.”");
  return jinja_parser_next (self) ? jinja_parser_raise (self, node, object) : NULL;
}

static JinjaNode *
parse_call (JinjaParser *self, JinjaNode *callee)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_CALL, self->token.line);
  node->call.callee = callee;
  if (!parse_call_args (self, &node->call.args))
    return NULL;
  return raise_over_args (self, jinja_parser_raise (self, node, callee), &node->call.args);
}

static JinjaNode *
parse_postfix (JinjaParser *self, JinjaNode *node)
{
  while (node != NULL)
    {
      if (jinja_parser_is (self, JINJA_TOKEN_DOT))
        node = parse_dot (self, node);
      else if (jinja_parser_is (self, JINJA_TOKEN_LBRACKET))
        node = parse_brackets (self, node);
      else if (jinja_parser_is (self, JINJA_TOKEN_LPAREN))
        node = parse_call (self, node);
      else
        break;
    }
  return node;
}

/* Marks what a name says about the macros around it. */
static void
note_name (JinjaParser *self, const JinjaString *name, gboolean store)
{
  static const char *const special[] = { "caller", "kwargs", "varargs" };
  for (int i = 0; i < 3; i++)
    if (strcmp (name->text, special[i]) == 0)
      for (JinjaMacroContext *macro = self->macro; macro != NULL && !macro->is_block; macro = macro->outer)
        {
          if (store)
            macro->hidden[i] = TRUE;
          else if (!macro->hidden[i])
            macro->used[i] = TRUE;
        }
}

JinjaNode *
jinja_parse_name (JinjaParser *self, gboolean target, gboolean namespaces)
{
  guint line = self->token.line;
  JinjaString *name = jinja_parser_name (self, self->token.text, self->token.length);
  static const struct { const char *name; int value; } constants[] = {
    { "true", 1 }, { "True", 1 }, { "false", 0 }, { "False", 0 }, { "none", 2 }, { "None", 2 },
  };
  if (!jinja_parser_next (self))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (constants); i++)
    if (strcmp (name->text, constants[i].name) == 0)
      {
        JinjaNode *node = jinja_node (self, JINJA_NODE_CONST, line);
        node->value = constants[i].value == 2 ? JINJA_NONE_VALUE : jinja_bool (constants[i].value);
        return node;
      }

  JinjaNode *node = jinja_node (self, JINJA_NODE_NAME, line);
  node->name = name;
  gboolean is_nsref = namespaces && jinja_parser_is (self, JINJA_TOKEN_DOT);
  note_name (self, name, target && !is_nsref);
  if (target && !is_nsref)
    {
      if (self->for_depth > 0 && strcmp (name->text, "loop") == 0)
        return jinja_parser_fail (self, line, "“loop” cannot be assigned to inside a loop");
      return node;
    }
  g_hash_table_add (self->template->reads, name);
  if (!is_nsref)
    return node;

  JinjaNode *ref = jinja_node (self, JINJA_NODE_NSREF, line);
  ref->attr.object = node;
  if (!jinja_parser_next (self) || (ref->attr.name = jinja_parser_expect_name (self, NULL)) == NULL)
    return NULL;
  return ref;
}

static JinjaNode *
parse_strings (JinjaParser *self)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_CONST, self->token.line);
  node->value = self->token.value;
  if (!jinja_parser_next (self) || !jinja_parser_is (self, JINJA_TOKEN_STRING))
    return self->error == NULL ? node : NULL;
  /* Adjacent literals are one string. */
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_len (text, jinja_as_string (node->value)->text, (gssize) jinja_as_string (node->value)->n_bytes);
  while (jinja_parser_is (self, JINJA_TOKEN_STRING))
    {
      JinjaString *more = jinja_as_string (self->token.value);
      g_string_append_len (text, more->text, (gssize) more->n_bytes);
      if (!jinja_parser_next (self))
        return NULL;
    }
  node->value = jinja_string (NULL, text->str, text->len);
  g_ptr_array_add (self->template->values, node->value);
  return node;
}

static JinjaNode *
parse_list (JinjaParser *self)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  JinjaNode *node = jinja_node (self, JINJA_NODE_LIST, self->token.line);
  if (!jinja_parser_next (self))
    return NULL;
  while (!jinja_parser_is (self, JINJA_TOKEN_RBRACKET))
    {
      if (items->len > 0 && !jinja_parser_expect (self, JINJA_TOKEN_COMMA))
        return NULL;
      if (jinja_parser_is (self, JINJA_TOKEN_RBRACKET))
        break;
      JinjaNode *item = jinja_parse_expression (self, TRUE);
      if (item == NULL)
        return NULL;
      g_ptr_array_add (items, item);
    }
  node->items = jinja_parser_nodes (self, items);
  return jinja_parser_next (self) ? jinja_parser_raise_over (self, node, node->items) : NULL;
}

static JinjaNode *
parse_dict (JinjaParser *self)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  JinjaNode *node = jinja_node (self, JINJA_NODE_DICT, self->token.line);
  if (!jinja_parser_next (self))
    return NULL;
  while (!jinja_parser_is (self, JINJA_TOKEN_RBRACE))
    {
      if (items->len > 0 && !jinja_parser_expect (self, JINJA_TOKEN_COMMA))
        return NULL;
      if (jinja_parser_is (self, JINJA_TOKEN_RBRACE))
        break;
      JinjaNode *key = jinja_parse_expression (self, TRUE);
      if (key == NULL || !jinja_parser_expect (self, JINJA_TOKEN_COLON))
        return NULL;
      JinjaNode *value = jinja_parse_expression (self, TRUE);
      if (value == NULL)
        return NULL;
      g_ptr_array_add (items, key);
      g_ptr_array_add (items, value);
    }
  node->items = jinja_parser_nodes (self, items);
  return jinja_parser_next (self) ? jinja_parser_raise_over (self, node, node->items) : NULL;
}

static JinjaNode *
parse_primary (JinjaParser *self)
{
  JinjaNode *node;
  switch (self->token.type)
    {
    case JINJA_TOKEN_NAME: return jinja_parse_name (self, FALSE, FALSE);
    case JINJA_TOKEN_STRING: return parse_strings (self);
    case JINJA_TOKEN_INTEGER:
    case JINJA_TOKEN_FLOAT:
      node = jinja_node (self, JINJA_NODE_CONST, self->token.line);
      node->value = self->token.value;
      return jinja_parser_next (self) ? node : NULL;
    case JINJA_TOKEN_LPAREN:
      if (!jinja_parser_next (self))
        return NULL;
      node = jinja_parse_tuple (self, JINJA_TUPLE_PARENTHESES, NULL);
      return node != NULL && jinja_parser_expect (self, JINJA_TOKEN_RPAREN) ? node : NULL;
    case JINJA_TOKEN_LBRACKET: return parse_list (self);
    case JINJA_TOKEN_LBRACE: return parse_dict (self);
    default: return unexpected (self);
    }
}

/* Filters and tests ----------------------------------------------------------------------------- */

/* A name of a filter or a test may have dots. */
static JinjaString *
parse_dotted (JinjaParser *self)
{
  JinjaString *name = jinja_parser_expect_name (self, NULL);
  while (name != NULL && jinja_parser_is (self, JINJA_TOKEN_DOT))
    {
      JinjaString *part = jinja_parser_next (self) ? jinja_parser_expect_name (self, NULL) : NULL;
      if (part == NULL)
        return NULL;
      g_autofree char *joined = g_strconcat (name->text, ".", part->text, NULL);
      name = jinja_parser_name (self, joined, strlen (joined));
    }
  return name;
}

static void
note_unknown (JinjaParser *self, JinjaNode *node)
{
  if (node->filter.def == NULL && !self->soft)
    g_ptr_array_add (self->unknown, node);
}

JinjaNode *
jinja_parse_filters (JinjaParser *self, JinjaNode *input, gboolean inline_start)
{
  while (inline_start || jinja_parser_is (self, JINJA_TOKEN_PIPE))
    {
      if (!inline_start && !jinja_parser_next (self))
        return NULL;
      inline_start = FALSE;
      JinjaNode *node = jinja_node (self, JINJA_NODE_FILTER, self->token.line);
      node->filter.input = input;
      node->filter.name = parse_dotted (self);
      if (node->filter.name == NULL)
        return NULL;
      node->filter.def = jinja_find_filter (node->filter.name->text);
      note_unknown (self, node);
      if (jinja_parser_is (self, JINJA_TOKEN_LPAREN) && !parse_call_args (self, &node->filter.args))
        return NULL;
      input = raise_over_args (self, jinja_parser_raise (self, node, input), &node->filter.args);
      if (input == NULL)
        return NULL;
    }
  return self->error == NULL ? input : NULL;
}

/* An argument without parentheses, as in `is divisibleby 3`. */
static gboolean
has_bare_argument (const JinjaParser *self)
{
  switch (self->token.type)
    {
    case JINJA_TOKEN_NAME:
      return !jinja_parser_is_name (self, "else") && !jinja_parser_is_name (self, "or")
             && !jinja_parser_is_name (self, "and");
    case JINJA_TOKEN_STRING:
    case JINJA_TOKEN_INTEGER:
    case JINJA_TOKEN_FLOAT:
    case JINJA_TOKEN_LBRACKET:
    case JINJA_TOKEN_LBRACE: return TRUE;
    default: return FALSE;
    }
}

static JinjaNode *
parse_bare_argument (JinjaParser *self)
{
  if (jinja_parser_is_name (self, "is"))
    return jinja_parser_fail (self, self->token.line, "tests cannot be chained with “is”");
  JinjaNode *node = jinja_parser_enter (self) ? parse_postfix (self, parse_primary (self)) : NULL;
  jinja_parser_leave (self);
  return node;
}

static JinjaNode *
parse_test (JinjaParser *self, JinjaNode *input)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_TEST, self->token.line);
  node->filter.input = input;
  if (!jinja_parser_next (self))
    return NULL;
  gboolean negated = jinja_parser_skip_name (self, "not");
  node->filter.name = self->error == NULL ? parse_dotted (self) : NULL;
  if (node->filter.name == NULL)
    return NULL;
  node->filter.def = jinja_find_test (node->filter.name->text);
  note_unknown (self, node);
  if (jinja_parser_is (self, JINJA_TOKEN_LPAREN))
    {
      if (!parse_call_args (self, &node->filter.args))
        return NULL;
    }
  else if (has_bare_argument (self))
    {
      JinjaNode *argument = parse_bare_argument (self);
      if (argument == NULL)
        return NULL;
      node->filter.args.positional.items = jinja_parser_alloc (self, sizeof argument);
      node->filter.args.positional.items[0] = argument;
      node->filter.args.positional.n = 1;
    }
  node = raise_over_args (self, jinja_parser_raise (self, node, input), &node->filter.args);
  if (node == NULL || !negated)
    return node;
  JinjaNode *not = jinja_node (self, JINJA_NODE_NOT, node->line);
  not->operand = node;
  return jinja_parser_raise (self, not, node);
}

static JinjaNode *
parse_filters_and_tests (JinjaParser *self, JinjaNode *node)
{
  while (node != NULL)
    {
      if (jinja_parser_is (self, JINJA_TOKEN_PIPE))
        node = jinja_parse_filters (self, node, FALSE);
      else if (jinja_parser_is_name (self, "is"))
        node = parse_test (self, node);
      else if (jinja_parser_is (self, JINJA_TOKEN_LPAREN))
        node = parse_call (self, node);
      else
        break;
    }
  return node;
}

JinjaNode *
jinja_parse_operand (JinjaParser *self, gboolean with_filters)
{
  JinjaNode *node;
  if (jinja_parser_is (self, JINJA_TOKEN_SUB) || jinja_parser_is (self, JINJA_TOKEN_ADD))
    {
      node = jinja_node (self, jinja_parser_is (self, JINJA_TOKEN_SUB) ? JINJA_NODE_NEG : JINJA_NODE_POS,
                         self->token.line);
      if (jinja_parser_enter (self) && jinja_parser_next (self))
        node->operand = jinja_parse_operand (self, FALSE);
      jinja_parser_leave (self);
      node = node->operand != NULL ? jinja_parser_raise (self, node, node->operand) : NULL;
    }
  else
    node = parse_primary (self);
  node = parse_postfix (self, node);
  return with_filters ? parse_filters_and_tests (self, node) : node;
}
