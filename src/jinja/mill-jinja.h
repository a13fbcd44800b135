/* mill-jinja.h: the Jinja template language, for models' chat templates and the workflow's Template node.
 *
 * A template is parsed once and rendered as often as wanted, each time with a map of variables:
 *
 *   g_autoptr (MillJinjaTemplate) template = mill_jinja_template_new (text, -1, MILL_JINJA_CHAT, &error);
 *
 *   MillJinjaValue *message = mill_jinja_map_new ();
 *   mill_jinja_map_set (message, "role", mill_jinja_string_new ("user"));
 *   mill_jinja_map_set (message, "content", mill_jinja_string_new ("Hello"));
 *   MillJinjaValue *messages = mill_jinja_list_new ();
 *   mill_jinja_list_add (messages, message);
 *   g_autoptr (MillJinjaValue) vars = mill_jinja_map_new ();
 *   mill_jinja_map_set (vars, "messages", messages);
 *   mill_jinja_map_set (vars, "add_generation_prompt", mill_jinja_bool_new (TRUE));
 *
 *   g_autofree char *prompt = mill_jinja_template_render (template, vars, NULL, NULL, &error);
 *
 * The language is that of jinja2 3.1 with its defaults (MILL_JINJA_PLAIN) or as the transformers
 * library sets it up for chat templates (MILL_JINJA_CHAT). There is no loader: include, import and
 * extends parse, and fail when they are reached.
 *
 * Templates come from anywhere, so none can hang, crash or take the machine's memory: parsing and
 * rendering are bounded (MillJinjaLimits), and neither uses more than about half a megabyte of the
 * caller's C stack. A failed rendering gives no text at all.
 *
 * Thread-safety: a template and a finished value (one that no caller changes any more) may be used by
 * any number of threads at once; their reference counts are atomic. Rendering never changes `vars`.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Messages read "line 3: what is wrong"; without the line where there is none (limits, JSON). */
#define MILL_JINJA_ERROR (mill_jinja_error_quark ())
GQuark mill_jinja_error_quark (void);

typedef enum {
  MILL_JINJA_ERROR_SYNTAX,    /* the template cannot be parsed */
  MILL_JINJA_ERROR_RENDER,    /* an operation failed: undefined value, wrong type, division by zero, … */
  MILL_JINJA_ERROR_RAISED,    /* the template called raise_exception: it refuses these variables, and says why */
  MILL_JINJA_ERROR_LIMIT,     /* a limit was reached: size, steps, memory, depth */
  MILL_JINJA_ERROR_CANCELLED, /* is_cancelled gave TRUE */
  MILL_JINJA_ERROR_JSON,      /* mill_jinja_value_new_from_json: not JSON, or too deep */
} MillJinjaError;

/* Values ------------------------------------------------------------------------------------------ */

/* What a variable holds: none, a boolean, an integer of any size, a float, a string, a list, or a map
 * from strings that keeps the order of its keys. Reference-counted. Lists and maps are filled by who
 * makes them and must not be changed once they are part of another value or have been rendered. */
typedef struct _MillJinjaValue MillJinjaValue;

MillJinjaValue *mill_jinja_value_ref   (MillJinjaValue *self);
void            mill_jinja_value_unref (MillJinjaValue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillJinjaValue, mill_jinja_value_unref)

MillJinjaValue *mill_jinja_none_new  (void);
MillJinjaValue *mill_jinja_bool_new  (gboolean value);
MillJinjaValue *mill_jinja_int_new   (gint64 value);
MillJinjaValue *mill_jinja_float_new (double value);

/* `text` is copied. What is not UTF-8 in it becomes U+FFFD. */
MillJinjaValue *mill_jinja_string_new (const char *text);
MillJinjaValue *mill_jinja_string_new_len (const char *text, gsize length); /* may hold NUL */

MillJinjaValue *mill_jinja_list_new (void);
void            mill_jinja_list_add (MillJinjaValue *self, MillJinjaValue *item); /* takes `item` */

/* Sets a key, in place where it is there already, else at the end. Takes `value`; copies `key`. */
MillJinjaValue *mill_jinja_map_new (void);
void            mill_jinja_map_set (MillJinjaValue *self, const char *key, MillJinjaValue *value);

gboolean        mill_jinja_value_is_map (const MillJinjaValue *self);

/* Parses a JSON text, as Python's json module does: keys keep their order (the last of equal keys
 * wins, in the first one's place), integers their size, and NaN and Infinity are accepted. `length`
 * -1: NUL-terminated. Refuses what nests deeper than MILL_JINJA_MAX_NESTING, and texts of more than
 * MILL_JINJA_MAX_JSON bytes. Messages read "line 1, column 8: what is wrong". */
#define MILL_JINJA_MAX_NESTING 500
#define MILL_JINJA_MAX_JSON (64 << 20)
MillJinjaValue *mill_jinja_value_new_from_json (const char *text, gssize length, GError **error);

/* Templates --------------------------------------------------------------------------------------- */

typedef enum {
  /* jinja2's defaults, as the Template node of Dify has them. A template may change its own lists
   * and dicts (append, update, …); those that came in as variables are copies. */
  MILL_JINJA_PLAIN,
  /* Chat templates: trim_blocks, lstrip_blocks, break and continue, raise_exception, strftime_now,
   * {% generation %}, tojson that keeps order and text; nothing that changes a list or a dict. */
  MILL_JINJA_CHAT,
} MillJinjaEnvironment;

/* Bounds of one rendering. Fields that are 0 mean the default. */
typedef struct {
  guint64 max_steps;  /* expressions and statements run, plus what they copy; over 10⁷ a second */
  gsize   max_memory; /* bytes of values alive at once, beside `vars` */
  gsize   max_output; /* bytes of text */
  /* Asked a few hundred times a second; TRUE ends the rendering with MILL_JINJA_ERROR_CANCELLED.
   * g_cancellable_is_cancelled fits. */
  gboolean (*is_cancelled) (gpointer data);
  gpointer is_cancelled_data;
} MillJinjaLimits;

#define MILL_JINJA_DEFAULT_MAX_STEPS  G_GUINT64_CONSTANT (30000000)
#define MILL_JINJA_DEFAULT_MAX_MEMORY ((gsize) 256 << 20)
#define MILL_JINJA_DEFAULT_MAX_OUTPUT ((gsize) 64 << 20)

/* Immutable, reference-counted. */
typedef struct _MillJinjaTemplate MillJinjaTemplate;

/* Parses `source` (UTF-8, `length` bytes, or -1: NUL-terminated). */
MillJinjaTemplate *mill_jinja_template_new (const char *source, gssize length, MillJinjaEnvironment environment,
                                            GError **error);
MillJinjaTemplate *mill_jinja_template_ref (MillJinjaTemplate *self);
void               mill_jinja_template_unref (MillJinjaTemplate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillJinjaTemplate, mill_jinja_template_unref)

/* Whether the template reads a variable of this name anywhere: does it know "tools", or
 * "enable_thinking"? TRUE also where the template may set the name itself before. */
gboolean mill_jinja_template_reads (const MillJinjaTemplate *self, const char *name);

/* Renders with `vars` (a map; NULL: no variables) within `limits` (NULL: the defaults). Gives the
 * text, valid UTF-8 and NUL-terminated, to be freed with g_free; `*length`, where wanted, counts its
 * bytes, since it may hold NUL. */
char *mill_jinja_template_render (const MillJinjaTemplate *self, MillJinjaValue *vars, const MillJinjaLimits *limits,
                                  gsize *length, GError **error);

G_END_DECLS
