/* mill-conversation-sidebar.c: the chats by day, and what a search found in them. */

#include "mill-conversation-sidebar.h"

#include "mill-day.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _MillConversationSidebar {
  GtkWidget           parent_instance;

  GtkSearchBar       *search_bar;
  GtkSearchEntry     *search_entry;
  GtkStack           *stack;
  GtkListView        *chats_view;
  GtkListView        *hits_view;
  AdwStatusPage      *no_hits_page;

  GtkSortListModel   *sorted;
  GtkSingleSelection *selection;
  GtkSorter          *day_sorter;
  GListModel         *hits;
  GTimeZone          *zone;
  gint64              current;
  guint               midnight;
};

G_DEFINE_FINAL_TYPE (MillConversationSidebar, mill_conversation_sidebar, GTK_TYPE_WIDGET)

enum { OPEN, SEARCH, ITEM_RENAME, ITEM_EXPORT, ITEM_DELETE, N_SIGNALS };

static guint signals[N_SIGNALS];

static gint64
get_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* --- Order --- */

static gint64
get_seconds (gconstpointer conversation)
{
  return mill_conversation_get_updated ((MillConversation *) conversation) / G_USEC_PER_SEC;
}

static int
compare_days (gconstpointer a, gconstpointer b, gpointer data)
{
  MillConversationSidebar *self = data;
  gint64 now = get_now ();

  return mill_day_get_section (get_seconds (a), now, self->zone) - mill_day_get_section (get_seconds (b), now, self->zone);
}

static int
compare_conversations (gconstpointer a, gconstpointer b, gpointer data)
{
  gint64 ta = mill_conversation_get_updated ((MillConversation *) a);
  gint64 tb = mill_conversation_get_updated ((MillConversation *) b);
  gint64 ia = mill_conversation_get_id ((MillConversation *) a), ib = mill_conversation_get_id ((MillConversation *) b);

  if (ta != tb)
    return ta < tb ? 1 : -1;
  return ia < ib ? 1 : ia > ib ? -1 : 0;
}

static void wait_for_midnight (MillConversationSidebar *self);

static gboolean
midnight_came (gpointer data)
{
  MillConversationSidebar *self = data;

  self->midnight = 0;
  gtk_sorter_changed (self->day_sorter, GTK_SORTER_CHANGE_DIFFERENT);
  wait_for_midnight (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for_midnight (MillConversationSidebar *self)
{
  self->midnight
    = g_timeout_add_seconds (mill_day_get_seconds_to_midnight (get_now (), self->zone) + 1, midnight_came, self);
}

/* --- Rows --- */

static void
row_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkListItem *list_item = data;
  GtkWidget *child = gtk_list_item_get_child (list_item);
  GtkWidget *self = gtk_widget_get_ancestor (child, MILL_TYPE_CONVERSATION_SIDEBAR);
  guint signal = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (action), "signal"));

  if (self != NULL)
    g_signal_emit (self, signals[signal], 0, gtk_list_item_get_item (list_item));
}

static void
add_row_actions (GtkListItem *list_item, GtkWidget *child)
{
  static const struct {
    const char *name;
    guint       signal;
  } actions[] = { { "rename", ITEM_RENAME }, { "export", ITEM_EXPORT }, { "delete", ITEM_DELETE } };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (actions[i].name, NULL);

      g_object_set_data (G_OBJECT (action), "signal", GUINT_TO_POINTER (actions[i].signal));
      g_signal_connect (action, "activate", G_CALLBACK (row_action), list_item);
      g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
    }
  gtk_widget_insert_action_group (child, "chat", G_ACTION_GROUP (group));
}

static GMenuModel *
make_row_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) last = g_menu_new ();

  g_menu_append (menu, _("_Rename…"), "chat.rename");
  g_menu_append (menu, _("_Export as Markdown…"), "chat.export");
  g_menu_append (last, _("_Delete"), "chat.delete");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  return G_MENU_MODEL (menu);
}

static void
popover_closed (GtkWidget *popover)
{
  /* Its action still has to run. */
  g_idle_add_once ((GSourceOnceFunc) gtk_widget_unparent, popover);
}

static void
show_row_menu (GtkWidget *child, double x, double y)
{
  g_autoptr (GMenuModel) menu = make_row_menu ();
  GtkWidget *popover = gtk_popover_menu_new_from_model (menu);

  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &(GdkRectangle) { (int) x, (int) y, 1, 1 });
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  gtk_widget_set_parent (popover, child);
  g_signal_connect (popover, "closed", G_CALLBACK (popover_closed), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
row_right_clicked (GtkGestureClick *gesture, int n_press, double x, double y)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  show_row_menu (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture)), x, y);
}

static void
row_long_pressed (GtkGestureLongPress *gesture, double x, double y)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  show_row_menu (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture)), x, y);
}

static void
set_up_chat (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  GtkWidget *label = gtk_label_new (NULL);
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (row_right_clicked), NULL);
  gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (click));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect (press, "pressed", G_CALLBACK (row_long_pressed), NULL);
  gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (press));
  add_row_actions (list_item, label);
  gtk_list_item_set_child (list_item, label);
}

static void
show_title (MillConversation *conversation, GParamSpec *pspec, GtkListItem *list_item)
{
  GtkWidget *label = gtk_list_item_get_child (list_item);
  const char *title = mill_conversation_get_title (conversation);

  if (*title == '\0')
    title = _("New Chat");
  gtk_label_set_label (GTK_LABEL (label), title);
  gtk_widget_set_tooltip_text (label, title);
  gtk_list_item_set_accessible_label (list_item, title);
}

static void
bind_chat (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  MillConversation *conversation = gtk_list_item_get_item (list_item);

  g_signal_connect (conversation, "notify::title", G_CALLBACK (show_title), list_item);
  show_title (conversation, NULL, list_item);
}

static void
unbind_chat (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (list_item), show_title, list_item);
}

static void
set_up_header (GtkSignalListItemFactory *factory, GtkListHeader *header)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "day");
  gtk_list_header_set_child (header, label);
}

static void
bind_header (GtkSignalListItemFactory *factory, GtkListHeader *header, MillConversationSidebar *self)
{
  MillConversation *conversation = gtk_list_header_get_item (header);
  g_autofree char *heading = mill_day_get_heading (get_seconds (conversation), get_now (), self->zone);

  gtk_label_set_label (GTK_LABEL (gtk_list_header_get_child (header)), heading);
}

static void
set_up_hit (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *title = gtk_label_new (NULL), *snippet = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (snippet), 0);
  gtk_label_set_wrap (GTK_LABEL (snippet), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (snippet), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (snippet), 2);
  gtk_label_set_ellipsize (GTK_LABEL (snippet), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (snippet, "dimmed");
  gtk_widget_add_css_class (snippet, "hit-snippet");
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), snippet);
  gtk_list_item_set_child (list_item, box);
}

static void
bind_hit (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  MillSearchHit *hit = gtk_list_item_get_item (list_item);
  GtkWidget *box = gtk_list_item_get_child (list_item);
  GtkLabel *snippet = GTK_LABEL (gtk_widget_get_last_child (box));
  gboolean message = mill_search_hit_get_message_id (hit) != 0;

  /* Where the title itself was found it is shown once, with what was looked for in bold. */
  if (message)
    gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (box)), mill_search_hit_get_title (hit));
  else
    gtk_label_set_markup (GTK_LABEL (gtk_widget_get_first_child (box)), mill_search_hit_get_snippet (hit));
  gtk_label_set_markup (snippet, message ? mill_search_hit_get_snippet (hit) : "");
  gtk_widget_set_visible (GTK_WIDGET (snippet), message);
  gtk_list_item_set_accessible_label (list_item, mill_search_hit_get_title (hit));
  gtk_list_item_set_accessible_description (list_item, gtk_label_get_text (snippet));
}

/* --- Choosing --- */

static void
chat_activated (MillConversationSidebar *self, guint position)
{
  g_autoptr (MillConversation) conversation = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (conversation != NULL)
    g_signal_emit (self, signals[OPEN], 0, mill_conversation_get_id (conversation), (gint64) 0);
}

static void
hit_activated (MillConversationSidebar *self, guint position)
{
  g_autoptr (MillSearchHit) hit = self->hits != NULL ? g_list_model_get_item (self->hits, position) : NULL;

  if (hit != NULL)
    g_signal_emit (self, signals[OPEN], 0, mill_search_hit_get_conversation_id (hit),
                   mill_search_hit_get_message_id (hit));
}

static void
select_current (MillConversationSidebar *self)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->sorted));
  guint position = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; i < n_items && self->current != 0; i++)
    {
      g_autoptr (MillConversation) conversation = g_list_model_get_item (G_LIST_MODEL (self->sorted), i);

      if (mill_conversation_get_id (conversation) == self->current)
        position = i;
    }
  gtk_single_selection_set_selected (self->selection, position);
}

void
mill_conversation_sidebar_set_current (MillConversationSidebar *self, gint64 conversation_id)
{
  g_return_if_fail (MILL_IS_CONVERSATION_SIDEBAR (self));
  self->current = conversation_id;
  select_current (self);
}

static gboolean
menu_key_pressed (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  MillConversationSidebar *self = MILL_CONVERSATION_SIDEBAR (widget);
  GtkWidget *row = gtk_widget_get_focus_child (GTK_WIDGET (self->chats_view));
  GtkWidget *child = row != NULL ? gtk_widget_get_first_child (row) : NULL;

  if (child == NULL)
    return FALSE;
  show_row_menu (child, 0, gtk_widget_get_height (child));
  return TRUE;
}

static gboolean
row_key_pressed (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  MillConversationSidebar *self = MILL_CONVERSATION_SIDEBAR (widget);
  GtkWidget *row = gtk_widget_get_focus_child (GTK_WIDGET (self->chats_view));

  if (row == NULL)
    return FALSE;
  return gtk_widget_activate_action_variant (gtk_widget_get_first_child (row), g_variant_get_string (arguments, NULL),
                                             NULL);
}

/* --- Searching --- */

static void
show_page (MillConversationSidebar *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
  const char *page;

  if (gtk_search_bar_get_search_mode (self->search_bar) && *text != '\0')
    page = self->hits == NULL || g_list_model_get_n_items (self->hits) > 0 ? "hits" : "no-hits";
  else
    page = g_list_model_get_n_items (G_LIST_MODEL (self->sorted)) > 0 ? "chats" : "no-chats";
  gtk_stack_set_visible_child_name (self->stack, page);
}

static void
search_changed (MillConversationSidebar *self)
{
  g_signal_emit (self, signals[SEARCH], 0, gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
  if (*gtk_editable_get_text (GTK_EDITABLE (self->search_entry)) == '\0')
    show_page (self);
}

static void
search_activated (MillConversationSidebar *self)
{
  hit_activated (self, 0);
}

static void
search_mode_changed (MillConversationSidebar *self)
{
  if (!gtk_search_bar_get_search_mode (self->search_bar))
    g_signal_emit (self, signals[SEARCH], 0, "");
  show_page (self);
}

void
mill_conversation_sidebar_set_hits (MillConversationSidebar *self, GListModel *hits)
{
  g_autoptr (GtkNoSelection) selection = NULL;
  const char *text;

  g_return_if_fail (MILL_IS_CONVERSATION_SIDEBAR (self));
  text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
  g_set_object (&self->hits, hits);
  selection = gtk_no_selection_new (g_object_ref (hits));
  gtk_list_view_set_model (self->hits_view, GTK_SELECTION_MODEL (selection));
  if (g_list_model_get_n_items (hits) == 0)
    {
      g_autofree char *escaped = g_markup_escape_text (text, -1);
      g_autofree char *description = g_strdup_printf (_("No message has “%s”."), escaped);

      adw_status_page_set_description (self->no_hits_page, description);
    }
  show_page (self);
}

void
mill_conversation_sidebar_begin_search (MillConversationSidebar *self)
{
  g_return_if_fail (MILL_IS_CONVERSATION_SIDEBAR (self));
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

void
mill_conversation_sidebar_focus_list (MillConversationSidebar *self)
{
  g_return_if_fail (MILL_IS_CONVERSATION_SIDEBAR (self));
  gtk_widget_child_focus (gtk_stack_get_visible_child (self->stack), GTK_DIR_TAB_FORWARD);
}

void
mill_conversation_sidebar_set_chats (MillConversationSidebar *self, MillConversationList *chats)
{
  g_return_if_fail (MILL_IS_CONVERSATION_SIDEBAR (self));
  gtk_sort_list_model_set_model (self->sorted, G_LIST_MODEL (chats));
}

static void
chats_changed (MillConversationSidebar *self)
{
  select_current (self);
  show_page (self);
}

/* --- Object --- */

static GtkListItemFactory *
make_factory (GCallback set_up, GCallback bind, GCallback unbind, gpointer data)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", set_up, data);
  g_signal_connect (factory, "bind", bind, data);
  if (unbind != NULL)
    g_signal_connect (factory, "unbind", unbind, data);
  return factory;
}

static void
set_up_chats (MillConversationSidebar *self)
{
  GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (compare_conversations, NULL, NULL));
  g_autoptr (GtkListItemFactory) rows
    = make_factory (G_CALLBACK (set_up_chat), G_CALLBACK (bind_chat), G_CALLBACK (unbind_chat), NULL);
  g_autoptr (GtkListItemFactory) headers
    = make_factory (G_CALLBACK (set_up_header), G_CALLBACK (bind_header), NULL, self);
  g_autoptr (GtkListItemFactory) hits = make_factory (G_CALLBACK (set_up_hit), G_CALLBACK (bind_hit), NULL, NULL);

  self->day_sorter = GTK_SORTER (gtk_custom_sorter_new (compare_days, self, NULL));
  self->sorted = gtk_sort_list_model_new (NULL, sorter);
  gtk_sort_list_model_set_section_sorter (self->sorted, self->day_sorter);
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->sorted));
  gtk_list_view_set_factory (self->chats_view, rows);
  gtk_list_view_set_header_factory (self->chats_view, headers);
  gtk_list_view_set_model (self->chats_view, GTK_SELECTION_MODEL (self->selection));
  gtk_list_view_set_factory (self->hits_view, hits);
  g_signal_connect_object (self->sorted, "items-changed", G_CALLBACK (chats_changed), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}

static void
mill_conversation_sidebar_dispose (GObject *object)
{
  MillConversationSidebar *self = MILL_CONVERSATION_SIDEBAR (object);

  g_clear_handle_id (&self->midnight, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), MILL_TYPE_CONVERSATION_SIDEBAR);
  g_clear_object (&self->selection);
  g_clear_object (&self->sorted);
  g_clear_object (&self->day_sorter);
  g_clear_object (&self->hits);
  G_OBJECT_CLASS (mill_conversation_sidebar_parent_class)->dispose (object);
}

static void
mill_conversation_sidebar_finalize (GObject *object)
{
  g_time_zone_unref (MILL_CONVERSATION_SIDEBAR (object)->zone);
  G_OBJECT_CLASS (mill_conversation_sidebar_parent_class)->finalize (object);
}

static guint
add_item_signal (const char *name)
{
  return g_signal_new (name, MILL_TYPE_CONVERSATION_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                       MILL_TYPE_CONVERSATION);
}

static void
mill_conversation_sidebar_class_init (MillConversationSidebarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = mill_conversation_sidebar_dispose;
  object_class->finalize = mill_conversation_sidebar_finalize;

  signals[OPEN] = g_signal_new ("open", MILL_TYPE_CONVERSATION_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT64);
  signals[SEARCH] = g_signal_new ("search", MILL_TYPE_CONVERSATION_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[ITEM_RENAME] = add_item_signal ("item-rename");
  signals[ITEM_EXPORT] = add_item_signal ("item-export");
  signals[ITEM_DELETE] = add_item_signal ("item-delete");

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/millrace/Millrace/chat/mill-conversation-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, MillConversationSidebar, search_bar);
  gtk_widget_class_bind_template_child (widget_class, MillConversationSidebar, search_entry);
  gtk_widget_class_bind_template_child (widget_class, MillConversationSidebar, stack);
  gtk_widget_class_bind_template_child (widget_class, MillConversationSidebar, chats_view);
  gtk_widget_class_bind_template_child (widget_class, MillConversationSidebar, hits_view);
  gtk_widget_class_bind_template_child (widget_class, MillConversationSidebar, no_hits_page);
  gtk_widget_class_bind_template_callback (widget_class, search_mode_changed);
  gtk_widget_class_bind_template_callback (widget_class, search_changed);
  gtk_widget_class_bind_template_callback (widget_class, search_activated);
  gtk_widget_class_bind_template_callback (widget_class, chat_activated);
  gtk_widget_class_bind_template_callback (widget_class, hit_activated);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_key_pressed, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_key_pressed, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Delete, 0, row_key_pressed, "s", "chat.delete");
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F2, 0, row_key_pressed, "s", "chat.rename");
}

static void
mill_conversation_sidebar_init (MillConversationSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->zone = g_time_zone_new_local ();
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  set_up_chats (self);
  wait_for_midnight (self);
  show_page (self);
}
