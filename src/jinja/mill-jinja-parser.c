/* The parser of statements. */
#include "mill-jinja-parser.h"

#include <string.h>

#include "mill-jinja-text.h"

#define BLOCK_SIZE 16384

gpointer
jinja_parser_alloc (JinjaParser *self, gsize size)
{
  GPtrArray *memory = self->template->memory;
  size = MAX ((size + 7) & ~(gsize) 7, 8);
  if (size > BLOCK_SIZE / 4)
    {
      gpointer block = g_malloc0 (size);
      /* Before the block that is being filled. */
      g_ptr_array_insert (memory, memory->len > 0 ? (int) memory->len - 1 : 0, block);
      if (memory->len == 1)
        self->room = 0;
      return block;
    }
  if (size > self->room)
    {
      g_ptr_array_add (memory, g_malloc0 (BLOCK_SIZE));
      self->room = BLOCK_SIZE;
    }
  char *block = g_ptr_array_index (memory, memory->len - 1);
  self->room -= size;
  return block + BLOCK_SIZE - self->room - size;
}

JinjaNode *
jinja_node (JinjaParser *self, JinjaNodeType type, guint line)
{
  JinjaNode *node = jinja_parser_alloc (self, sizeof *node);
  node->type = type;
  node->line = line;
  return node;
}

JinjaNodes
jinja_parser_nodes (JinjaParser *self, GPtrArray *nodes)
{
  JinjaNodes list = { jinja_parser_alloc (self, nodes->len * sizeof (JinjaNode *)), nodes->len };
  if (nodes->len > 0)
    memcpy (list.items, nodes->pdata, nodes->len * sizeof (JinjaNode *));
  return list;
}

JinjaString *
jinja_parser_name (JinjaParser *self, const char *text, gsize length)
{
  g_autofree char *key = g_strndup (text, length);
  JinjaString *name = g_hash_table_lookup (self->template->names, key);
  if (name == NULL)
    {
      name = (JinjaString *) jinja_string (NULL, text, length);
      g_ptr_array_add (self->template->values, name);
      g_hash_table_insert (self->template->names, name->text, name);
    }
  return name;
}

gpointer
jinja_parser_fail (JinjaParser *self, guint line, const char *format, ...)
{
  if (self->error == NULL)
    {
      va_list args;
      va_start (args, format);
      g_autofree char *why = g_strdup_vprintf (format, args);
      va_end (args);
      self->error = g_error_new (MILL_JINJA_ERROR, MILL_JINJA_ERROR_SYNTAX, "line %u: %s", line, why);
    }
  return NULL;
}

gboolean
jinja_parser_enter (JinjaParser *self)
{
  if (++self->depth <= JINJA_MAX_DEPTH)
    return TRUE;
  if (self->error == NULL)
    self->error = g_error_new (MILL_JINJA_ERROR, MILL_JINJA_ERROR_LIMIT, "line %u: nested deeper than %d levels",
                               self->token.line, JINJA_MAX_DEPTH);
  return FALSE;
}

void
jinja_parser_leave (JinjaParser *self)
{
  self->depth--;
}

gboolean
jinja_parser_next (JinjaParser *self)
{
  if (self->error != NULL)
    return FALSE;
  if (self->has_ahead)
    {
      self->token = self->ahead;
      self->has_ahead = FALSE;
      return TRUE;
    }
  return jinja_lexer_next (&self->lexer, &self->token, &self->error);
}

gboolean
jinja_parser_is (const JinjaParser *self, JinjaTokenType type)
{
  return self->token.type == type;
}

static gboolean
is_name (const JinjaToken *token, const char *name)
{
  return token->type == JINJA_TOKEN_NAME && token->length == strlen (name)
         && memcmp (token->text, name, token->length) == 0;
}

gboolean
jinja_parser_is_name (const JinjaParser *self, const char *name)
{
  return is_name (&self->token, name);
}

gboolean
jinja_parser_peek_is (JinjaParser *self, JinjaTokenType type, const char *name)
{
  if (!self->has_ahead)
    self->has_ahead = self->error == NULL && jinja_lexer_next (&self->lexer, &self->ahead, &self->error);
  return self->has_ahead && (name != NULL ? is_name (&self->ahead, name) : self->ahead.type == type);
}

gboolean
jinja_parser_skip (JinjaParser *self, JinjaTokenType type)
{
  return jinja_parser_is (self, type) && jinja_parser_next (self);
}

gboolean
jinja_parser_skip_name (JinjaParser *self, const char *name)
{
  return jinja_parser_is_name (self, name) && jinja_parser_next (self);
}

static const char *
describe_type (JinjaTokenType type)
{
  switch (type)
    {
    case JINJA_TOKEN_NAME: return "a name";
    case JINJA_TOKEN_BLOCK_END: return "“%}”";
    case JINJA_TOKEN_VARIABLE_END: return "“}}”";
    case JINJA_TOKEN_LPAREN: return "“(”";
    case JINJA_TOKEN_RPAREN: return "“)”";
    case JINJA_TOKEN_COMMA: return "“,”";
    case JINJA_TOKEN_COLON: return "“:”";
    case JINJA_TOKEN_ASSIGN: return "“=”";
    default: return "something else";
    }
}

gboolean
jinja_parser_expect (JinjaParser *self, JinjaTokenType type)
{
  if (jinja_parser_is (self, type))
    return jinja_parser_next (self);
  g_autofree char *what = jinja_token_describe (&self->token);
  jinja_parser_fail (self, self->token.line, "expected %s, got %s", describe_type (type), what);
  return FALSE;
}

JinjaString *
jinja_parser_expect_name (JinjaParser *self, const char *name)
{
  if (!jinja_parser_is (self, JINJA_TOKEN_NAME) || (name != NULL && !jinja_parser_is_name (self, name)))
    {
      g_autofree char *what = jinja_token_describe (&self->token);
      return jinja_parser_fail (self, self->token.line, name != NULL ? "expected “%s”, got %s" : "expected %s, got %s",
                                name != NULL ? name : "a name", what);
    }
  JinjaString *found = jinja_parser_name (self, self->token.text, self->token.length);
  return jinja_parser_next (self) ? found : NULL;
}

/* Statements ------------------------------------------------------------------------------------ */

/* What a body may not take over from its surroundings, saved while it is parsed. */
typedef struct {
  gboolean    soft;
  guint       loops;
  JinjaEscape escape;
} Surroundings;

/* Parses up to a statement that begins with one of `ends` (NULL-terminated; NULL: to the end of the
 * template), which stays the current token. */
static gboolean
parse_body (JinjaParser *self, const char *const *ends, JinjaNodes *body);

/* The rest of a tag, then its body. *which, where not NULL, says which end was met; the end tag's name
 * is passed. */
static gboolean
parse_tag_body (JinjaParser *self, const char *const *ends, JinjaNodes *body, guint *which)
{
  jinja_parser_skip (self, JINJA_TOKEN_COLON);
  if (self->error != NULL || !jinja_parser_expect (self, JINJA_TOKEN_BLOCK_END) || !jinja_parser_enter (self)
      || !parse_body (self, ends, body))
    return FALSE;
  jinja_parser_leave (self);
  for (guint i = 0; ends[i] != NULL; i++)
    if (jinja_parser_is_name (self, ends[i]) && which != NULL)
      *which = i;
  return jinja_parser_next (self);
}

/* A body with variables of its own, in which unknown filters are errors; `function`: break does not
 * reach out of it either. */
static gboolean
parse_inner_body (JinjaParser *self, const char *const *ends, JinjaNodes *body, guint *which, gboolean function)
{
  Surroundings saved = { self->soft, self->loops, self->escape };
  self->soft = FALSE;
  if (function)
    self->loops = 0;
  gboolean fine = parse_tag_body (self, ends, body, which);
  self->soft = saved.soft;
  self->loops = saved.loops;
  return fine;
}

static JinjaNode *
parse_set (JinjaParser *self, guint line)
{
  JinjaNode *target = jinja_parse_target (self, NULL, TRUE);
  if (target == NULL)
    return NULL;
  if (jinja_parser_skip (self, JINJA_TOKEN_ASSIGN))
    {
      JinjaNode *node = jinja_node (self, JINJA_NODE_SET, line);
      node->set.target = target;
      node->set.value = jinja_parse_tuple (self, JINJA_TUPLE_PLAIN, NULL);
      return node->set.value != NULL ? node : NULL;
    }
  JinjaNode *node = jinja_node (self, JINJA_NODE_SET_BLOCK, line);
  node->set_block.target = target;
  node->escape = self->escape;
  gboolean soft = self->soft;
  self->soft = FALSE;
  node->set_block.filter = jinja_parse_filters (self, NULL, FALSE);
  self->soft = soft;
  if (self->error != NULL)
    return NULL;
  return parse_inner_body (self, (const char *const[]) { "endset", NULL }, &node->set_block.body, NULL, FALSE) ? node
                                                                                                              : NULL;
}

static gboolean
parse_loop_bodies (JinjaParser *self, JinjaNode *node)
{
  guint which = 0;
  gboolean fine;
  self->loops++;
  self->for_depth++;
  fine = parse_inner_body (self, (const char *const[]) { "endfor", "else", NULL }, &node->loop.body, &which, FALSE);
  self->loops--;
  if (fine && which == 1)
    fine = parse_inner_body (self, (const char *const[]) { "endfor", NULL }, &node->loop.otherwise, NULL, FALSE);
  self->for_depth--;
  return fine;
}

static JinjaNode *
parse_for (JinjaParser *self, guint line)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_FOR, line);
  self->for_depth++;
  node->loop.target = jinja_parse_target (self, "in", FALSE);
  self->for_depth--;
  if (node->loop.target == NULL || jinja_parser_expect_name (self, "in") == NULL)
    return NULL;
  node->loop.iter = jinja_parse_tuple (self, JINJA_TUPLE_NO_COND, "recursive");
  if (node->loop.iter == NULL)
    return NULL;
  if (jinja_parser_skip_name (self, "if"))
    {
      gboolean soft = self->soft;
      self->soft = FALSE;
      node->loop.test = jinja_parse_expression (self, TRUE);
      self->soft = soft;
    }
  node->loop.recursive = self->error == NULL && jinja_parser_skip_name (self, "recursive");
  return self->error == NULL && parse_loop_bodies (self, node) ? node : NULL;
}

static JinjaNode *
parse_if (JinjaParser *self, guint line)
{
  static const char *const ends[] = { "elif", "else", "endif", NULL };
  JinjaNode *node = jinja_node (self, JINJA_NODE_IF, line);
  g_autoptr (GPtrArray) tests = g_ptr_array_new ();
  g_autoptr (GArray) bodies = g_array_new (FALSE, FALSE, sizeof (JinjaNodes));
  gboolean soft = self->soft;
  guint which = 0;
  while (which == 0)
    {
      JinjaNodes body;
      self->soft = TRUE;
      JinjaNode *test = jinja_parse_tuple (self, JINJA_TUPLE_NO_COND, NULL);
      if (test == NULL || !parse_tag_body (self, ends, &body, &which))
        return NULL;
      g_ptr_array_add (tests, test);
      g_array_append_val (bodies, body);
    }
  if (which == 1 && !parse_tag_body (self, (const char *const[]) { "endif", NULL }, &node->branch.otherwise, NULL))
    return NULL;
  self->soft = soft;
  node->branch.tests = jinja_parser_nodes (self, tests);
  node->branch.bodies = jinja_parser_alloc (self, bodies->len * sizeof (JinjaNodes));
  memcpy (node->branch.bodies, bodies->data, bodies->len * sizeof (JinjaNodes));
  return node;
}

static JinjaNode *
parse_with (JinjaParser *self, guint line)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_WITH, line);
  g_autoptr (GPtrArray) targets = g_ptr_array_new ();
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  while (!jinja_parser_is (self, JINJA_TOKEN_BLOCK_END))
    {
      if (targets->len > 0 && !jinja_parser_expect (self, JINJA_TOKEN_COMMA))
        return NULL;
      JinjaNode *target = jinja_parse_target (self, NULL, FALSE);
      if (target == NULL || !jinja_parser_expect (self, JINJA_TOKEN_ASSIGN))
        return NULL;
      JinjaNode *value = jinja_parse_expression (self, TRUE);
      if (value == NULL)
        return NULL;
      g_ptr_array_add (targets, target);
      g_ptr_array_add (values, value);
    }
  node->with.targets = jinja_parser_nodes (self, targets);
  node->with.values = jinja_parser_nodes (self, values);
  return parse_inner_body (self, (const char *const[]) { "endwith", NULL }, &node->with.body, NULL, FALSE) ? node : NULL;
}

static gboolean
parse_signature (JinjaParser *self, JinjaMacroDef *def)
{
  g_autoptr (GPtrArray) params = g_ptr_array_new ();
  g_autoptr (GPtrArray) defaults = g_ptr_array_new ();
  if (!jinja_parser_expect (self, JINJA_TOKEN_LPAREN))
    return FALSE;
  while (!jinja_parser_is (self, JINJA_TOKEN_RPAREN))
    {
      guint line = self->token.line;
      if (params->len > 0 && !jinja_parser_expect (self, JINJA_TOKEN_COMMA))
        return FALSE;
      JinjaString *param = jinja_parser_expect_name (self, NULL);
      if (param == NULL)
        return FALSE;
      if (g_ptr_array_find (params, param, NULL))
        return jinja_parser_fail (self, line, "parameter “%s” is declared twice", param->text) != NULL;
      if (jinja_parser_skip (self, JINJA_TOKEN_ASSIGN))
        {
          JinjaNode *value = jinja_parse_expression (self, TRUE);
          if (value == NULL)
            return FALSE;
          g_ptr_array_add (defaults, value);
        }
      else if (defaults->len > 0)
        return jinja_parser_fail (self, line, "a parameter without a default follows one with a default") != NULL;
      g_ptr_array_add (params, param);
    }
  def->defaults = jinja_parser_nodes (self, defaults);
  def->n_params = params->len;
  def->params = jinja_parser_alloc (self, params->len * sizeof *def->params);
  if (params->len > 0)
    memcpy (def->params, params->pdata, params->len * sizeof *def->params);
  return jinja_parser_next (self);
}

/* The body of a macro or call block; finds out which special variables it reads. */
static gboolean
parse_macro_body (JinjaParser *self, JinjaMacroDef *def, const char *end, guint line)
{
  JinjaMacroContext context = { .outer = self->macro };
  self->macro = &context;
  gboolean fine = parse_inner_body (self, (const char *const[]) { end, NULL }, &def->body, NULL, TRUE);
  self->macro = context.outer;
  if (!fine)
    return FALSE;

  def->uses_caller = context.used[0];
  def->uses_kwargs = context.used[1];
  def->uses_varargs = context.used[2];
  for (gsize i = 0; i < def->n_params; i++)
    {
      if (strcmp (def->params[i]->text, "kwargs") == 0)
        def->uses_kwargs = FALSE;
      else if (strcmp (def->params[i]->text, "varargs") == 0)
        def->uses_varargs = FALSE;
      else if (strcmp (def->params[i]->text, "caller") == 0 && def->uses_caller && i + def->defaults.n < def->n_params)
        return jinja_parser_fail (self, line, "a parameter “caller” must have a default") != NULL;
    }
  return TRUE;
}

static JinjaNode *
parse_macro (JinjaParser *self, guint line)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_MACRO, line);
  node->macro.def.name = jinja_parse_target_name (self);
  if (node->macro.def.name == NULL || !parse_signature (self, &node->macro.def))
    return NULL;
  return parse_macro_body (self, &node->macro.def, "endmacro", line) ? node : NULL;
}

static JinjaNode *
parse_call_block (JinjaParser *self, guint line)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_CALL_BLOCK, line);
  if (jinja_parser_is (self, JINJA_TOKEN_LPAREN) && !parse_signature (self, &node->macro.def))
    return NULL;
  node->macro.call = jinja_parse_expression (self, TRUE);
  if (node->macro.call == NULL)
    return NULL;
  if (node->macro.call->type != JINJA_NODE_CALL)
    return jinja_parser_fail (self, line, "expected a call");
  return parse_macro_body (self, &node->macro.def, "endcall", line) ? node : NULL;
}

static JinjaNode *
parse_filter_block (JinjaParser *self, guint line)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_FILTER_BLOCK, line);
  gboolean soft = self->soft;
  self->soft = FALSE;
  node->escape = self->escape;
  node->filter_block.filter = jinja_parse_filters (self, NULL, TRUE);
  self->soft = soft;
  if (node->filter_block.filter == NULL)
    return NULL;
  return parse_inner_body (self, (const char *const[]) { "endfilter", NULL }, &node->filter_block.body, NULL, FALSE)
           ? node : NULL;
}

static gboolean
is_blank (const JinjaNodes *body)
{
  for (gsize i = 0; i < body->n; i++)
    {
      if (body->items[i]->type != JINJA_NODE_DATA)
        return FALSE;
      const char *text = jinja_as_string (body->items[i]->value)->text;
      gsize length = jinja_as_string (body->items[i]->value)->n_bytes;
      jinja_utf8_lstrip (&text, &length);
      if (length > 0)
        return FALSE;
    }
  return TRUE;
}

static JinjaNode *
parse_block (JinjaParser *self, guint line)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_BLOCK, line);
  node->block.name = jinja_parser_expect_name (self, NULL);
  if (node->block.name == NULL)
    return NULL;
  node->block.scoped = jinja_parser_skip_name (self, "scoped");
  node->block.required = self->error == NULL && jinja_parser_skip_name (self, "required");
  if (jinja_parser_is (self, JINJA_TOKEN_SUB))
    return jinja_parser_fail (self, self->token.line, "a block's name has no hyphen; use an underscore");

  JinjaMacroContext context = { .outer = self->macro, .is_block = TRUE };
  JinjaEscape escape = self->escape;
  self->macro = &context;
  self->escape = JINJA_ESCAPE_OFF;
  gboolean fine = self->error == NULL
                  && parse_inner_body (self, (const char *const[]) { "endblock", NULL }, &node->block.body, NULL, TRUE);
  self->macro = context.outer;
  self->escape = escape;
  if (!fine)
    return NULL;
  if (node->block.required && !is_blank (&node->block.body))
    return jinja_parser_fail (self, line, "a required block holds nothing but comments and white space");
  jinja_parser_skip_name (self, node->block.name->text);
  if (!g_hash_table_insert (self->template->blocks, node->block.name, node))
    return jinja_parser_fail (self, line, "block “%s” is defined twice", node->block.name->text);
  return self->error == NULL ? node : NULL;
}

static JinjaNode *
parse_autoescape (JinjaParser *self, guint line)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_AUTOESCAPE, line);
  node->scope.value = jinja_parse_expression (self, TRUE);
  if (node->scope.value == NULL)
    return NULL;
  JinjaEscape escape = self->escape;
  const JinjaNode *value = node->scope.value;
  if (value->type == JINJA_NODE_CONST && value->value->kind == JINJA_BOOL)
    self->escape = jinja_as_bool (value->value) ? JINJA_ESCAPE_ON : JINJA_ESCAPE_OFF;
  else
    self->escape = JINJA_ESCAPE_DYNAMIC;
  gboolean fine = parse_inner_body (self, (const char *const[]) { "endautoescape", NULL }, &node->scope.body, NULL,
                                    FALSE);
  self->escape = escape;
  return fine ? node : NULL;
}

static JinjaNode *
parse_generation (JinjaParser *self, guint line)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_GENERATION, line);
  return parse_inner_body (self, (const char *const[]) { "endgeneration", NULL }, &node->scope.body, NULL, TRUE) ? node
                                                                                                                 : NULL;
}

static JinjaNode *
parse_loop_control (JinjaParser *self, guint line, JinjaNodeType type)
{
  if (self->loops == 0)
    return jinja_parser_fail (self, line, "“%s” stands outside of a loop",
                              type == JINJA_NODE_BREAK ? "break" : "continue");
  return jinja_node (self, type, line);
}

/* `with context` and the like, which change nothing where there is no loader. */
static gboolean
skip_context (JinjaParser *self)
{
  if ((jinja_parser_is_name (self, "with") || jinja_parser_is_name (self, "without"))
      && jinja_parser_peek_is (self, JINJA_TOKEN_NAME, "context"))
    return jinja_parser_next (self) && jinja_parser_next (self);
  return FALSE;
}

static gboolean
parse_imported_names (JinjaParser *self)
{
  if (jinja_parser_expect_name (self, "import") == NULL)
    return FALSE;
  for (gboolean first = TRUE;; first = FALSE)
    {
      if (!first && !jinja_parser_expect (self, JINJA_TOKEN_COMMA))
        return FALSE;
      if (skip_context (self))
        return TRUE;
      guint line = self->token.line;
      JinjaString *name = self->error == NULL ? jinja_parse_target_name (self) : NULL;
      if (name == NULL)
        return FALSE;
      if (name->text[0] == '_')
        return jinja_parser_fail (self, line, "names that begin with an underscore cannot be imported") != NULL;
      if (jinja_parser_skip_name (self, "as") && jinja_parse_target_name (self) == NULL)
        return FALSE;
      if (skip_context (self) || !jinja_parser_is (self, JINJA_TOKEN_COMMA))
        return self->error == NULL;
    }
}

static JinjaNode *
parse_loader (JinjaParser *self, guint line, JinjaString *tag)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_LOADER, line);
  node->name = tag;
  if (jinja_parse_expression (self, TRUE) == NULL)
    return NULL;
  if (strcmp (tag->text, "from") == 0)
    return parse_imported_names (self) ? node : NULL;
  if (strcmp (tag->text, "import") == 0
      && (jinja_parser_expect_name (self, "as") == NULL || jinja_parse_target_name (self) == NULL))
    return NULL;
  if (strcmp (tag->text, "include") == 0 && jinja_parser_is_name (self, "ignore")
      && jinja_parser_peek_is (self, JINJA_TOKEN_NAME, "missing")
      && !(jinja_parser_next (self) && jinja_parser_next (self)))
    return NULL;
  if (strcmp (tag->text, "extends") != 0)
    skip_context (self);
  return self->error == NULL ? node : NULL;
}

static JinjaNode *
parse_print (JinjaParser *self, guint line)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  while (!jinja_parser_is (self, JINJA_TOKEN_BLOCK_END))
    {
      if (items->len > 0 && !jinja_parser_expect (self, JINJA_TOKEN_COMMA))
        return NULL;
      JinjaNode *item = jinja_node (self, JINJA_NODE_PRINT, line);
      item->escape = self->escape;
      item->operand = jinja_parse_expression (self, TRUE);
      if (item->operand == NULL)
        return NULL;
      g_ptr_array_add (items, item);
    }
  /* A body without a scope of its own: an if that always holds. */
  JinjaNode *node = jinja_node (self, JINJA_NODE_IF, line);
  node->branch.otherwise = jinja_parser_nodes (self, items);
  return node;
}

static JinjaNode *
fail_unknown_tag (JinjaParser *self, guint line, JinjaString *tag)
{
  if (self->tags->len == 0)
    return jinja_parser_fail (self, line, "unknown tag “%s”", tag->text);
  return jinja_parser_fail (self, line, "unknown tag “%s” inside “%s”, which is not closed", tag->text,
                            (const char *) g_ptr_array_index (self->tags, self->tags->len - 1));
}

static JinjaNode *
parse_statement_of (JinjaParser *self, guint line, JinjaString *tag)
{
  static const struct { const char *tag; JinjaNode *(*parse) (JinjaParser *, guint); } statements[] = {
    { "for", parse_for },       { "if", parse_if },         { "set", parse_set },       { "macro", parse_macro },
    { "call", parse_call_block }, { "filter", parse_filter_block }, { "with", parse_with }, { "block", parse_block },
    { "autoescape", parse_autoescape }, { "print", parse_print },
  };
  static const char *const loaders[] = { "include", "import", "from", "extends", NULL };
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if (strcmp (tag->text, statements[i].tag) == 0)
      return statements[i].parse (self, line);
  if (g_strv_contains (loaders, tag->text))
    return parse_loader (self, line, tag);
  if (self->chat && strcmp (tag->text, "generation") == 0)
    return parse_generation (self, line);
  if (self->chat && strcmp (tag->text, "break") == 0)
    return parse_loop_control (self, line, JINJA_NODE_BREAK);
  if (self->chat && strcmp (tag->text, "continue") == 0)
    return parse_loop_control (self, line, JINJA_NODE_CONTINUE);
  g_ptr_array_set_size (self->tags, (int) self->tags->len - 1);
  return fail_unknown_tag (self, line, tag);
}

static JinjaNode *
parse_statement (JinjaParser *self)
{
  guint line = self->token.line;
  if (!jinja_parser_is (self, JINJA_TOKEN_NAME))
    {
      g_autofree char *what = jinja_token_describe (&self->token);
      return jinja_parser_fail (self, line, "expected the name of a tag, got %s", what);
    }
  JinjaString *tag = jinja_parser_name (self, self->token.text, self->token.length);
  g_ptr_array_add (self->tags, tag->text);
  if (!jinja_parser_next (self))
    return NULL;
  JinjaNode *node = parse_statement_of (self, line, tag);
  if (node != NULL)
    g_ptr_array_set_size (self->tags, (int) self->tags->len - 1);
  return node;
}

static JinjaNode *
make_data (JinjaParser *self)
{
  JinjaNode *node = jinja_node (self, JINJA_NODE_DATA, self->token.line);
  node->value = jinja_string (NULL, self->token.text, self->token.length);
  g_ptr_array_add (self->template->values, node->value);
  return node;
}

/* One piece of a body: text, an expression, or a statement up to and with its %}. */
static JinjaNode *
parse_piece (JinjaParser *self)
{
  JinjaNode *node;
  if (jinja_parser_is (self, JINJA_TOKEN_DATA))
    {
      node = make_data (self);
      return jinja_parser_next (self) ? node : NULL;
    }
  if (jinja_parser_is (self, JINJA_TOKEN_VARIABLE_BEGIN))
    {
      node = jinja_node (self, JINJA_NODE_PRINT, self->token.line);
      node->escape = self->escape;
      node->operand = jinja_parser_next (self) ? jinja_parse_tuple (self, JINJA_TUPLE_PLAIN, NULL) : NULL;
      return node->operand != NULL && jinja_parser_expect (self, JINJA_TOKEN_VARIABLE_END) ? node : NULL;
    }
  node = parse_statement (self);
  return node != NULL && jinja_parser_expect (self, JINJA_TOKEN_BLOCK_END) ? node : NULL;
}

static gboolean
parse_body (JinjaParser *self, const char *const *ends, JinjaNodes *body)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  while (!jinja_parser_is (self, JINJA_TOKEN_EOF))
    {
      if (jinja_parser_is (self, JINJA_TOKEN_BLOCK_BEGIN))
        {
          if (!jinja_parser_next (self))
            return FALSE;
          for (gsize i = 0; ends != NULL && ends[i] != NULL; i++)
            if (jinja_parser_is_name (self, ends[i]))
              {
                *body = jinja_parser_nodes (self, nodes);
                return TRUE;
              }
        }
      JinjaNode *node = parse_piece (self);
      if (node == NULL)
        return FALSE;
      g_ptr_array_add (nodes, node);
    }
  if (ends != NULL)
    {
      g_autofree char *due = g_strjoinv ("” or “", (char **) ends);
      return jinja_parser_fail (self, self->token.line, "the template ends where “%s” is due, in “%s”", due,
                                (const char *) g_ptr_array_index (self->tags, self->tags->len - 1)) != NULL;
    }
  *body = jinja_parser_nodes (self, nodes);
  return TRUE;
}

static void
check_unknown (JinjaParser *self)
{
  const JinjaNode *first = NULL;
  for (guint i = 0; i < self->unknown->len; i++)
    {
      const JinjaNode *node = g_ptr_array_index (self->unknown, i);
      if (first == NULL || node->line < first->line)
        first = node;
    }
  if (first != NULL)
    jinja_parser_fail (self, first->line, "no %s named “%s”", first->type == JINJA_NODE_TEST ? "test" : "filter",
                       first->filter.name->text);
}

gboolean
jinja_parse (MillJinjaTemplate *template, const char *source, gsize length, GError **error)
{
  g_autoptr (GPtrArray) unknown = g_ptr_array_new ();
  g_autoptr (GPtrArray) tags = g_ptr_array_new ();
  JinjaParser self = { .template = template, .chat = template->environment == MILL_JINJA_CHAT, .unknown = unknown,
                       .tags = tags };
  jinja_lexer_init (&self.lexer, source, length, self.chat, template->values);
  if (jinja_parser_next (&self) && parse_body (&self, NULL, &template->body))
    check_unknown (&self);
  jinja_lexer_clear (&self.lexer);
  if (self.error != NULL)
    g_propagate_error (error, self.error);
  return self.error == NULL;
}
