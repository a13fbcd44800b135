/* mill-widget-util.c: small things that several widgets need. */

#include "mill-widget-util.h"

#include <glib/gi18n.h>

void
mill_toast (GtkWidget *widget, const char *text)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);

  if (overlay != NULL)
    {
      AdwToast *toast = adw_toast_new (text);

      adw_toast_set_use_markup (toast, FALSE);
      adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
    }
}

static void
link_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GtkWidget) widget = data;
  g_autoptr (GError) error = NULL;

  if (gtk_uri_launcher_launch_finish (GTK_URI_LAUNCHER (source), result, &error)
      || g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    return;
  mill_toast (widget, _("The link could not be opened"));
}

void
mill_open_link (GtkWidget *widget, const char *address)
{
  g_autoptr (GtkUriLauncher) launcher = gtk_uri_launcher_new (address);
  GtkRoot *root = gtk_widget_get_root (widget);

  gtk_uri_launcher_launch (launcher, GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, NULL, link_opened,
                           g_object_ref (widget));
}

static gboolean
label_link_activated (GtkLabel *label, const char *address)
{
  mill_open_link (GTK_WIDGET (label), address);
  return TRUE;
}

static void
label_pressed (GtkGestureClick *gesture)
{
  gtk_widget_set_focusable (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture)), TRUE);
}

static void
label_left (GtkEventControllerFocus *controller)
{
  GtkWidget *label = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (controller));

  if (g_object_get_data (G_OBJECT (label), "mill-has-links") == NULL)
    gtk_widget_set_focusable (label, FALSE);
}

void
mill_text_label_prepare (GtkLabel *text)
{
  GtkWidget *label = GTK_WIDGET (text);
  GtkGesture *press = gtk_gesture_click_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_focusable (label, FALSE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (press), GTK_PHASE_CAPTURE);
  g_signal_connect (press, "pressed", G_CALLBACK (label_pressed), NULL);
  gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (press));
  g_signal_connect (focus, "leave", G_CALLBACK (label_left), NULL);
  gtk_widget_add_controller (label, focus);
  g_signal_connect (label, "activate-link", G_CALLBACK (label_link_activated), NULL);
}

GtkWidget *
mill_text_label_new (void)
{
  GtkWidget *label = gtk_label_new (NULL);

  mill_text_label_prepare (GTK_LABEL (label));
  return label;
}

void
mill_text_label_set_markup (GtkLabel *label, const char *markup, gboolean has_links)
{
  g_object_set_data (G_OBJECT (label), "mill-has-links", GINT_TO_POINTER (has_links));
  gtk_label_set_markup (label, markup);
  if (!gtk_widget_has_focus (GTK_WIDGET (label)))
    gtk_widget_set_focusable (GTK_WIDGET (label), has_links);
}
