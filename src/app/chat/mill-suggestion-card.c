/* mill-suggestion-card.c: a first question to click, in an empty chat. */

#include "mill-suggestion-card.h"

static GtkWidget *
tile_new (const char *icon_name, const char *hue)
{
  GtkWidget *tile = gtk_image_new_from_icon_name (icon_name);

  gtk_widget_set_size_request (tile, 36, 36);
  gtk_widget_set_valign (tile, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (tile, "tile");
  gtk_widget_add_css_class (tile, hue);
  return tile;
}

static GtkWidget *
line_new (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_natural_wrap_mode (GTK_LABEL (label), GTK_NATURAL_WRAP_NONE);
  gtk_widget_add_css_class (label, css_class);
  return label;
}

GtkWidget *
mill_suggestion_card_new (const char *icon_name, const char *hue, const char *title, const char *question)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *detail = line_new (question, "detail");

  gtk_widget_add_css_class (detail, "dimmed");
  gtk_widget_set_valign (lines, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_box_append (GTK_BOX (lines), line_new (title, "heading"));
  gtk_box_append (GTK_BOX (lines), detail);
  gtk_box_append (GTK_BOX (row), tile_new (icon_name, hue));
  gtk_box_append (GTK_BOX (row), lines);
  gtk_button_set_child (GTK_BUTTON (button), row);
  gtk_widget_add_css_class (button, "card");
  gtk_widget_add_css_class (button, "suggestion");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.ask");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", question);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, question, -1);
  return button;
}
