/* mill-welcome-page.c: the first run: start with the model that is already here, or with a file. */

#include "mill-welcome-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _MillWelcomePage {
  GtkWidget     parent_instance;

  AdwBanner    *banner;
  GtkWidget    *starter_group;
  AdwActionRow *starter_row;
  GtkLabel     *size_label;
  GtkWidget    *start_button;
  GtkWidget    *file_button;
  GtkWidget    *memory_row;
  GtkLabel     *memory_label;

  MillModelInfo *starter;
};

G_DEFINE_FINAL_TYPE (MillWelcomePage, mill_welcome_page, GTK_TYPE_WIDGET)

static void
show_starter (MillWelcomePage *self)
{
  guint64 memory = self->starter != NULL ? mill_model_info_get_memory (self->starter, 0) : 0;
  g_autofree char *size = NULL, *needed = NULL;

  gtk_widget_set_visible (self->starter_group, self->starter != NULL);
  gtk_widget_set_visible (self->start_button, self->starter != NULL);
  gtk_widget_set_visible (self->memory_row, memory > 0);
  if (self->starter == NULL)
    {
      /* The file is then the one way on. */
      gtk_widget_add_css_class (self->file_button, "suggested-action");
      return;
    }
  gtk_widget_remove_css_class (self->file_button, "suggested-action");
  size = g_format_size (mill_model_info_get_size (self->starter));
  needed = g_format_size (memory);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->starter_row), mill_model_info_get_name (self->starter));
  gtk_label_set_label (self->size_label, size);
  gtk_label_set_label (self->memory_label, needed);
}

void
mill_welcome_page_set_starter (MillWelcomePage *self, MillModelInfo *starter)
{
  g_return_if_fail (MILL_IS_WELCOME_PAGE (self));
  if (self->starter != NULL)
    g_signal_handlers_disconnect_by_func (self->starter, show_starter, self);
  g_set_object (&self->starter, starter);
  if (starter != NULL)
    g_signal_connect_object (starter, "notify::state", G_CALLBACK (show_starter), self, G_CONNECT_SWAPPED);
  show_starter (self);
}

void
mill_welcome_page_set_problem (MillWelcomePage *self, const char *problem)
{
  g_return_if_fail (MILL_IS_WELCOME_PAGE (self));
  if (problem != NULL)
    adw_banner_set_title (self->banner, problem);
  adw_banner_set_revealed (self->banner, problem != NULL);
}

static gboolean
mill_welcome_page_grab_focus (GtkWidget *widget)
{
  MillWelcomePage *self = MILL_WELCOME_PAGE (widget);

  return gtk_widget_grab_focus (gtk_widget_get_visible (self->start_button) ? self->start_button : self->file_button);
}

static void
mill_welcome_page_dispose (GObject *object)
{
  mill_welcome_page_set_starter (MILL_WELCOME_PAGE (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MILL_TYPE_WELCOME_PAGE);
  G_OBJECT_CLASS (mill_welcome_page_parent_class)->dispose (object);
}

static void
mill_welcome_page_class_init (MillWelcomePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mill_welcome_page_dispose;
  widget_class->grab_focus = mill_welcome_page_grab_focus;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/millrace/Millrace/mill-welcome-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MillWelcomePage, banner);
  gtk_widget_class_bind_template_child (widget_class, MillWelcomePage, starter_group);
  gtk_widget_class_bind_template_child (widget_class, MillWelcomePage, starter_row);
  gtk_widget_class_bind_template_child (widget_class, MillWelcomePage, size_label);
  gtk_widget_class_bind_template_child (widget_class, MillWelcomePage, start_button);
  gtk_widget_class_bind_template_child (widget_class, MillWelcomePage, file_button);
  gtk_widget_class_bind_template_child (widget_class, MillWelcomePage, memory_row);
  gtk_widget_class_bind_template_child (widget_class, MillWelcomePage, memory_label);
}

static void
mill_welcome_page_init (MillWelcomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
