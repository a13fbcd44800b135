/* mill-code-block.c: a piece of code in an answer. */

#include "mill-code-block.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>
#include <string.h>

struct _MillCodeBlock {
  GtkWidget        parent_instance;

  GtkLabel        *language_label;
  GtkButton       *copy_button;
  GtkSourceView   *view;
  GtkSourceBuffer *buffer;

  char            *code;
  char            *language;
  guint            copied_timeout;
};

G_DEFINE_FINAL_TYPE (MillCodeBlock, mill_code_block, GTK_TYPE_WIDGET)

/* What models call languages, where GtkSourceView calls them otherwise. */
static const struct {
  const char *name;
  const char *id;
} aliases[] = {
  { "bash", "sh" },         { "shell", "sh" },        { "zsh", "sh" },      { "console", "sh" },
  { "python", "python3" },  { "py", "python3" },      { "javascript", "js" }, { "jsx", "jsx" },
  { "ts", "typescript" },   { "tsx", "typescript-jsx" }, { "c++", "cpp" },  { "cc", "cpp" },
  { "csharp", "c-sharp" },  { "cs", "c-sharp" },      { "c#", "c-sharp" },  { "rs", "rust" },
  { "golang", "go" },       { "rb", "ruby" },         { "kt", "kotlin" },   { "yml", "yaml" },
  { "md", "markdown" },     { "tex", "latex" },       { "dockerfile", "docker" }, { "make", "makefile" },
  { "ps1", "powershell" },  { "vue", "html" },        { "glsl", "glsl" },   { "objc", "objc" },
  { "jsonc", "json" },      { "h", "chdr" },          { "hpp", "cpphdr" },  { "patch", "diff" },
};

static GtkSourceLanguage *
find_language (const char *name)
{
  GtkSourceLanguageManager *manager = gtk_source_language_manager_get_default ();
  g_autofree char *lower = g_utf8_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (aliases); i++)
    {
      if (strcmp (lower, aliases[i].name) == 0)
        return gtk_source_language_manager_get_language (manager, aliases[i].id);
    }
  return gtk_source_language_manager_get_language (manager, lower);
}

static void
update_scheme (MillCodeBlock *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GtkSourceStyleSchemeManager *manager = gtk_source_style_scheme_manager_get_default ();

  gtk_source_buffer_set_style_scheme (
      self->buffer, gtk_source_style_scheme_manager_get_scheme (manager, dark ? "Adwaita-dark" : "Adwaita"));
}

static gboolean
show_copy_icon (gpointer data)
{
  MillCodeBlock *self = data;

  self->copied_timeout = 0;
  gtk_button_set_icon_name (self->copy_button, "edit-copy-symbolic");
  return G_SOURCE_REMOVE;
}

static void
copy_clicked (MillCodeBlock *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->code != NULL ? self->code : "");
  /* The mark tells that it worked, where the hand already is. */
  gtk_button_set_icon_name (self->copy_button, "object-select-symbolic");
  gtk_accessible_announce (GTK_ACCESSIBLE (self), _("Copied"), GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
  g_clear_handle_id (&self->copied_timeout, g_source_remove);
  self->copied_timeout = g_timeout_add_seconds (2, show_copy_icon, self);
}

static void
set_language (MillCodeBlock *self, const char *name)
{
  GtkSourceLanguage *language;

  if (!g_set_str (&self->language, name) && *gtk_label_get_label (self->language_label) != '\0')
    return;
  language = name != NULL ? find_language (name) : NULL;
  gtk_source_buffer_set_language (self->buffer, language);
  gtk_source_buffer_set_highlight_syntax (self->buffer, language != NULL);
  if (language != NULL)
    gtk_label_set_label (self->language_label, gtk_source_language_get_name (language));
  else
    gtk_label_set_label (self->language_label, name != NULL ? name : _("Text"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Code"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, gtk_label_get_label (self->language_label), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Code"), -1);
}

void
mill_code_block_set_code (MillCodeBlock *self, const char *code, const char *language)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (self->buffer);
  gsize known = self->code != NULL ? strlen (self->code) : 0;

  g_return_if_fail (MILL_IS_CODE_BLOCK (self));
  set_language (self, language);
  if (g_strcmp0 (self->code, code) == 0)
    return;
  if (known > 0 && strncmp (code, self->code, known) == 0)
    {
      GtkTextIter end;

      gtk_text_buffer_get_end_iter (buffer, &end);
      gtk_text_buffer_insert (buffer, &end, code + known, -1);
    }
  else
    {
      gtk_text_buffer_set_text (buffer, code, -1);
    }
  g_set_str (&self->code, code);
}

static void
mill_code_block_dispose (GObject *object)
{
  MillCodeBlock *self = MILL_CODE_BLOCK (object);

  g_clear_handle_id (&self->copied_timeout, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), MILL_TYPE_CODE_BLOCK);
  G_OBJECT_CLASS (mill_code_block_parent_class)->dispose (object);
}

static void
mill_code_block_finalize (GObject *object)
{
  MillCodeBlock *self = MILL_CODE_BLOCK (object);

  g_free (self->code);
  g_free (self->language);
  G_OBJECT_CLASS (mill_code_block_parent_class)->finalize (object);
}

static void
mill_code_block_class_init (MillCodeBlockClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = mill_code_block_dispose;
  object_class->finalize = mill_code_block_finalize;

  g_type_ensure (GTK_SOURCE_TYPE_VIEW);
  g_type_ensure (GTK_SOURCE_TYPE_BUFFER);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/millrace/Millrace/chat/mill-code-block.ui");
  gtk_widget_class_bind_template_child (widget_class, MillCodeBlock, language_label);
  gtk_widget_class_bind_template_child (widget_class, MillCodeBlock, copy_button);
  gtk_widget_class_bind_template_child (widget_class, MillCodeBlock, view);
  gtk_widget_class_bind_template_child (widget_class, MillCodeBlock, buffer);
  gtk_widget_class_bind_template_callback (widget_class, copy_clicked);
}

static void
mill_code_block_init (MillCodeBlock *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (update_scheme), self,
                           G_CONNECT_SWAPPED);
  update_scheme (self);
  set_language (self, NULL);
}

GtkWidget *
mill_code_block_new (void)
{
  return g_object_new (MILL_TYPE_CODE_BLOCK, NULL);
}
