/* mill-jinja-render.h: one rendering: its heap, its limits, its variables, its output.
 *
 * Functions that can fail give NULL or FALSE once `error` is set; the first error stays. Values need
 * no freeing (mill-jinja-heap.h). What grows with its input asks first: jinja_step for work,
 * jinja_reserve for memory, jinja_enter for depth.
 */
#pragma once

#include "mill-jinja-ast.h"
#include "mill-jinja-heap.h"
#include "mill-jinja-number.h"

G_BEGIN_DECLS

/* Levels of evaluation: expressions in expressions, macros in macros, values in values. */
#define JINJA_MAX_LEVELS 1000

/* Items of a range in a chat template, as in the sandbox of jinja2. */
#define JINJA_MAX_SANDBOX_RANGE 100000

/* Where text goes: the output, or what a block or a macro captures. */
typedef struct {
  GString *text;
  gsize    charged;
} JinjaSink;

struct _JinjaRender {
  const MillJinjaTemplate *template;
  gboolean                 chat;
  MillJinjaLimits          limits;
  JinjaHeap                heap;
  GError                  *error;

  guint64     steps, ask_at; /* is_cancelled is asked when `steps` reaches `ask_at` */
  guint       levels;
  guint       busy;          /* expressions being evaluated: while there are any, C functions hold values */
  guint       line;          /* of what is being run */
  gboolean    autoescape;
  JinjaScope *scope, *root;
  JinjaValue *caller;        /* what a call block hands to the call that is evaluated next */
  JinjaValue *captured;      /* what the first filter of a block takes in */
  GPtrArray  *roots;         /* values that statements hold beside the scope */
  JinjaSink  *sink, *output;
};

/* Errors. All give NULL. */
gpointer jinja_fail (JinjaRender *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
gpointer jinja_fail_raised (JinjaRender *self, const char *message);
gpointer jinja_fail_limit (JinjaRender *self, const char *what);
/* Says why `undefined` is undefined. */
gpointer jinja_fail_undefined (JinjaRender *self, const JinjaValue *undefined);

/* Counts work: one for a simple operation, jinja_step_bytes for bytes that are copied or searched,
 * jinja_step_chars for bytes of text that is looked at character by character. FALSE at the limit of steps
 * or memory, or when cancelled. */
gboolean jinja_step (JinjaRender *self, guint64 n);
gboolean jinja_step_bytes (JinjaRender *self, gsize n);
gboolean jinja_step_chars (JinjaRender *self, gsize n);

/* Whether `bytes` more fit; counts the work of filling them. */
gboolean jinja_reserve (JinjaRender *self, gsize bytes);
gboolean jinja_reserve_times (JinjaRender *self, gsize n, gsize size);

gboolean jinja_enter (JinjaRender *self);
void     jinja_leave (JinjaRender *self);

/* Makers in the rendering's heap. */
#define jinja_new_int(r, n)       jinja_int (&(r)->heap, (n))
#define jinja_new_float(r, x)     jinja_float (&(r)->heap, (x))
#define jinja_new_list(r, room)   jinja_list (&(r)->heap, (room))
#define jinja_new_tuple(r, room)  jinja_tuple (&(r)->heap, (room))
#define jinja_new_dict(r)         jinja_dict (&(r)->heap)
#define jinja_new_literal(r, s)   jinja_string_literal (&(r)->heap, (s))
JinjaValue *jinja_new_string (JinjaRender *self, const char *text, gsize n_bytes); /* NULL: no room */
JinjaValue *jinja_new_markup (JinjaRender *self, const char *text, gsize n_bytes);
JinjaValue *jinja_new_pair (JinjaRender *self, JinjaValue *first, JinjaValue *second);
JinjaValue *jinja_new_undefined (JinjaRender *self, JinjaValue *object, JinjaValue *name, const char *hint);
JinjaValue *jinja_new_iterator (JinjaRender *self, const char *type_name, JinjaNextFunc next, JinjaValue *source);
JinjaValue *jinja_as_markup (JinjaRender *self, JinjaValue *string); /* the same text, marked */

/* The strings put together: markup, where asked for, if they are all escaped already. */
JinjaValue *jinja_concat (JinjaRender *self, JinjaValue *const *strings, gsize n, gboolean markup);

/* A string out of a GString, with the memory it takes checked. */
JinjaValue *jinja_take_string (JinjaRender *self, GString *text, gboolean markup);

/* Scopes. */
JinjaScope *jinja_push_scope (JinjaRender *self, JinjaScope *parent); /* gives the scope that was current */
void        jinja_scope_set (JinjaRender *self, JinjaScope *scope, JinjaString *name, JinjaValue *value);
JinjaValue *jinja_lookup (JinjaRender *self, JinjaString *name); /* undefined where there is none */

/* Output. */
gboolean    jinja_emit (JinjaRender *self, const char *text, gsize n_bytes);
void        jinja_sink_open (JinjaRender *self, JinjaSink *sink, JinjaSink **outer);
JinjaValue *jinja_sink_close (JinjaRender *self, JinjaSink *sink, JinjaSink *outer); /* NULL after an error */

/* Between two statements: frees what nothing reaches, if that pays. */
void jinja_collect (JinjaRender *self);

G_END_DECLS
