/* mill-jinja-parser.h: what the parsers of statements and of expressions share.
 *
 * Recursive descent; the functions give NULL (or FALSE) once an error is set.
 */
#pragma once

#include "mill-jinja-ast.h"
#include "mill-jinja-lexer.h"

G_BEGIN_DECLS

/* What is known of the macro, call block or block around the place that is being parsed. */
typedef struct _JinjaMacroContext JinjaMacroContext;
struct _JinjaMacroContext {
  JinjaMacroContext *outer;
  gboolean           is_block;             /* a block: names inside say nothing about macros around it */
  gboolean           hidden[3], used[3];   /* caller, kwargs, varargs: set by the body, read by it */
};

typedef struct {
  MillJinjaTemplate *template;
  JinjaLexer         lexer;
  JinjaToken         token, ahead; /* the current one, and the next where has_ahead */
  gboolean           has_ahead;
  GError            *error;
  guint              depth;
  gboolean           chat;

  /* Where the current place stands. */
  guint              loops;    /* that break may end */
  guint              for_depth; /* of for around it, whatever lies between */
  JinjaEscape        escape;
  gboolean           soft;     /* an unknown filter is an error only when it is reached */
  JinjaMacroContext *macro;

  GPtrArray         *unknown;  /* FILTER and TEST nodes whose name is not known and must be */
  GPtrArray         *tags;     /* names of the open tags, for messages */
  gsize              room;     /* left in the last block of template->memory */
} JinjaParser;

/* Makes a node on the line of the current token. */
JinjaNode   *jinja_node (JinjaParser *self, JinjaNodeType type, guint line);
gpointer     jinja_parser_alloc (JinjaParser *self, gsize size); /* zeroed */
JinjaNodes   jinja_parser_nodes (JinjaParser *self, GPtrArray *nodes);
JinjaString *jinja_parser_name (JinjaParser *self, const char *text, gsize length);

gpointer jinja_parser_fail (JinjaParser *self, guint line, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean jinja_parser_enter (JinjaParser *self); /* one level deeper, or an error */
void     jinja_parser_leave (JinjaParser *self);

gboolean jinja_parser_next (JinjaParser *self);
gboolean jinja_parser_is (const JinjaParser *self, JinjaTokenType type);
gboolean jinja_parser_is_name (const JinjaParser *self, const char *name);
gboolean jinja_parser_peek_is (JinjaParser *self, JinjaTokenType type, const char *name);
gboolean jinja_parser_skip (JinjaParser *self, JinjaTokenType type); /* FALSE also after an error */
gboolean jinja_parser_skip_name (JinjaParser *self, const char *name);
gboolean jinja_parser_expect (JinjaParser *self, JinjaTokenType type);
JinjaString *jinja_parser_expect_name (JinjaParser *self, const char *name); /* NULL: any */

/* An expression; `with_cond` FALSE: without `… if … else …` at its top. */
JinjaNode *jinja_parse_expression (JinjaParser *self, gboolean with_cond);

/* A name, literal or bracket with its sign and what follows it; filters and tests where asked for. */
JinjaNode *jinja_parse_operand (JinjaParser *self, gboolean with_filters);

/* A name at the current token: to be read, or as a `target`, with `namespaces` also ns.name. The names
 * of constants give those. */
JinjaNode *jinja_parse_name (JinjaParser *self, gboolean target, gboolean namespaces);

/* Puts a node above its children: an error where the tree gets too high. NULLs are fine. */
JinjaNode *jinja_parser_raise (JinjaParser *self, JinjaNode *node, const JinjaNode *child);
JinjaNode *jinja_parser_raise_over (JinjaParser *self, JinjaNode *node, JinjaNodes children);

/* Expressions with commas between them, or one. `end` is a name that ends them, or NULL. */
typedef enum { JINJA_TUPLE_PLAIN, JINJA_TUPLE_NO_COND, JINJA_TUPLE_PARENTHESES, JINJA_TUPLE_TARGET } JinjaTupleKind;
JinjaNode *jinja_parse_tuple (JinjaParser *self, JinjaTupleKind kind, const char *end);

/* What can be assigned to: a name, a tuple of those, with `namespaces` also ns.name. */
JinjaNode   *jinja_parse_target (JinjaParser *self, const char *end, gboolean namespaces);
JinjaString *jinja_parse_target_name (JinjaParser *self);

/* `| filter | …` at the current token; `input` NULL: what the block gives. `inline_start` where the
 * first filter stands without its bar. */
JinjaNode *jinja_parse_filters (JinjaParser *self, JinjaNode *input, gboolean inline_start);

G_END_DECLS
