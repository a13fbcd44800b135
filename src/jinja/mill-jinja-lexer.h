/* mill-jinja-lexer.h: a template's text as tokens, one at a time.
 *
 * What white space around tags is dropped is decided here: one newline at the end of the source, what
 * `-` asks for, and in chat templates the newline after a statement or a comment (trim_blocks) and
 * the indentation before one (lstrip_blocks).
 */
#pragma once

#include "mill-jinja-value.h"

G_BEGIN_DECLS

typedef enum {
  JINJA_TOKEN_EOF,
  JINJA_TOKEN_DATA,
  JINJA_TOKEN_VARIABLE_BEGIN,
  JINJA_TOKEN_VARIABLE_END,
  JINJA_TOKEN_BLOCK_BEGIN,
  JINJA_TOKEN_BLOCK_END,
  JINJA_TOKEN_NAME,
  JINJA_TOKEN_STRING,
  JINJA_TOKEN_INTEGER,
  JINJA_TOKEN_FLOAT,
  JINJA_TOKEN_ADD,
  JINJA_TOKEN_SUB,
  JINJA_TOKEN_MUL,
  JINJA_TOKEN_DIV,
  JINJA_TOKEN_FLOORDIV,
  JINJA_TOKEN_MOD,
  JINJA_TOKEN_POW,
  JINJA_TOKEN_TILDE,
  JINJA_TOKEN_LPAREN,
  JINJA_TOKEN_RPAREN,
  JINJA_TOKEN_LBRACKET,
  JINJA_TOKEN_RBRACKET,
  JINJA_TOKEN_LBRACE,
  JINJA_TOKEN_RBRACE,
  JINJA_TOKEN_EQ,
  JINJA_TOKEN_NE,
  JINJA_TOKEN_LT,
  JINJA_TOKEN_LE,
  JINJA_TOKEN_GT,
  JINJA_TOKEN_GE,
  JINJA_TOKEN_ASSIGN,
  JINJA_TOKEN_DOT,
  JINJA_TOKEN_COLON,
  JINJA_TOKEN_PIPE,
  JINJA_TOKEN_COMMA,
  JINJA_TOKEN_SEMICOLON,
} JinjaTokenType;

typedef struct {
  JinjaTokenType type;
  guint          line;
  const char    *text; /* in the source: data, names and operators as they stand there */
  gsize          length;
  JinjaValue    *value; /* of strings and numbers; owned by the lexer's `values` */
} JinjaToken;

typedef struct {
  char      *source; /* newlines are LF */
  gsize      length, at;
  guint      line;
  gboolean   trim;    /* trim_blocks and lstrip_blocks */
  int        state;   /* where `at` is: text, a statement, an expression, after {% raw %} */
  gboolean   line_starting; /* the last match ended a line */
  GString   *brackets;      /* closers that are due */
  GPtrArray *values;        /* of JinjaValue: the literals; borrowed */
  JinjaToken begin;         /* of a tag, to be given after the text before it; EOF: none */
} JinjaLexer;

/* `source` is UTF-8; values found are added to `values`. */
void jinja_lexer_init  (JinjaLexer *self, const char *source, gsize length, gboolean trim, GPtrArray *values);
void jinja_lexer_clear (JinjaLexer *self);

/* Gives the next token; EOF again and again at the end. FALSE with an error where there is none. */
gboolean jinja_lexer_next (JinjaLexer *self, JinjaToken *token, GError **error);

/* What a token is called in a message: “end of print statement”, its own text, … */
char *jinja_token_describe (const JinjaToken *token);

G_END_DECLS
