/* mill-message-list.c: the thread: a column of messages that scrolls.
 *
 * Coordinates: the adjustment's value is free to start anywhere (its lower bound is `origin`). What a
 * person looks at is held by an anchor, a message and how far the view's top is below that message's
 * top. When a height above the anchor changes, the origin moves and the value stays, so neither the
 * view nor a scroll that is under way jumps.
 */

#include "mill-message-list.h"

#include "mill-message-row.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define COLUMN_WIDTH 760
#define SIDE_MARGIN 18
#define NARROW_SIDE_MARGIN 14
#define NARROW_WIDTH 500
#define END_MARGIN 18
#define SPACING 18
/* Time that making and filling rows may take in one frame, in microseconds. */
#define FRAME_BUDGET 5000
/* Rows are made up to this many pages from the view and dropped beyond that many. */
#define MAKE_PAGES 1.0
#define KEEP_PAGES 2.5

typedef struct {
  MillMessageRow *row;    /* NULL while there is none */
  int             height; /* below 0: never estimated */
  gboolean        filled; /* the row shows all of its message */
} Slot;

typedef enum {
  HOLD_ANCHOR,
  HOLD_END,
  HOLD_JUMP, /* the anchor is where to go, until all around it is made */
} Hold;

struct _MillMessageList {
  GtkWidget      parent_instance;

  MillChatSession *session;
  GListModel    *messages;    /* its conversation */
  GArray        *slots;       /* Slot, one a message */
  GtkAdjustment *adjustments[2];
  int            column;      /* width of a row, for which heights are valid */
  double         origin;      /* of the content's top in the vertical adjustment */
  Hold           hold;
  guint          anchor;      /* index of a message */
  double         anchor_offset;
  guint          pulse;       /* index of the message to pulse when it is made; G_MAXUINT: none */
  guint          tick;
  gboolean       at_end;
  gboolean       configuring; /* the adjustment changes by us */
};

enum { PROP_0, PROP_AT_END, N_PROPS, PROP_HADJUSTMENT = N_PROPS, PROP_VADJUSTMENT, PROP_HPOLICY, PROP_VPOLICY };
enum { EDIT, AGAIN, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE (MillMessageList, mill_message_list, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

static void queue_work (MillMessageList *self);

static Slot *
get_slot (MillMessageList *self, guint index)
{
  return &g_array_index (self->slots, Slot, index);
}

static GtkAdjustment *
vertical (MillMessageList *self)
{
  return self->adjustments[GTK_ORIENTATION_VERTICAL];
}

/* A guess that is near enough for the scroll bar: lines of the column's width. */
static int
estimate_height (MillMessageList *self, guint index)
{
  g_autoptr (MillMessage) message = g_list_model_get_item (self->messages, index);
  int per_line = MAX (self->column / 8, 20);
  int length = (int) MIN (mill_message_get_text_length (message), 200000);

  return 70 + (length / per_line) * 26;
}

static int
slot_height (MillMessageList *self, guint index)
{
  Slot *slot = get_slot (self, index);

  if (slot->height < 0)
    slot->height = estimate_height (self, index);
  return slot->height;
}

/* Top of a message below the content's top. */
static double
slot_top (MillMessageList *self, guint index)
{
  double y = END_MARGIN;

  for (guint i = 0; i < index; i++)
    y += slot_height (self, i) + SPACING;
  return y;
}

static double
content_height (MillMessageList *self)
{
  double y = slot_top (self, self->slots->len);

  return self->slots->len > 0 ? y - SPACING + END_MARGIN : y + END_MARGIN;
}

/* The message at `y` below the content's top (the last one where there is none). */
static guint
slot_at (MillMessageList *self, double y, double *top)
{
  double at = END_MARGIN;
  guint i = 0;

  while (i + 1 < self->slots->len && at + slot_height (self, i) + SPACING <= y)
    at += slot_height (self, i++) + SPACING;
  *top = at;
  return i;
}

static void
set_at_end (MillMessageList *self, gboolean at_end)
{
  if (self->at_end == at_end)
    return;
  self->at_end = at_end;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AT_END]);
}

/* Holds what is in view now. */
static void
take_anchor (MillMessageList *self)
{
  GtkAdjustment *adjustment = vertical (self);
  double y = gtk_adjustment_get_value (adjustment) - self->origin;
  double top = 0;

  if (self->slots->len == 0)
    {
      self->anchor = 0;
      self->anchor_offset = 0;
      return;
    }
  self->anchor = slot_at (self, y, &top);
  self->anchor_offset = y - top;
}

static void
scrolled (MillMessageList *self)
{
  GtkAdjustment *adjustment = vertical (self);
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  if (self->configuring)
    return;
  self->hold = gtk_adjustment_get_value (adjustment) >= end - 1 ? HOLD_END : HOLD_ANCHOR;
  take_anchor (self);
  set_at_end (self, self->hold == HOLD_END);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  queue_work (self);
}

/* --- Rows --- */

static void
row_needs_fill (MillMessageList *self, MillMessageRow *row)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      if (get_slot (self, i)->row == row)
        get_slot (self, i)->filled = FALSE;
    }
  queue_work (self);
}

static void
row_edit (MillMessageList *self, MillMessageRow *row)
{
  g_signal_emit (self, signals[EDIT], 0, mill_message_row_get_message (row));
}

static void
row_again (MillMessageList *self, MillMessageRow *row)
{
  g_signal_emit (self, signals[AGAIN], 0, mill_message_row_get_message (row));
}

/* Rows are children in the order of their messages: the Tab key and screen readers go by that. */
static GtkWidget *
row_before (MillMessageList *self, guint index)
{
  while (index-- > 0)
    {
      if (get_slot (self, index)->row != NULL)
        return GTK_WIDGET (get_slot (self, index)->row);
    }
  return NULL;
}

static void
make_row (MillMessageList *self, guint index)
{
  g_autoptr (MillMessage) message = g_list_model_get_item (self->messages, index);
  MillMessageRow *row = mill_message_row_new (self->session, message);
  Slot *slot = get_slot (self, index);

  g_signal_connect_object (row, "needs-fill", G_CALLBACK (row_needs_fill), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "edit", G_CALLBACK (row_edit), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "again", G_CALLBACK (row_again), self, G_CONNECT_SWAPPED);
  gtk_widget_insert_after (GTK_WIDGET (row), GTK_WIDGET (self), row_before (self, index));
  slot->row = row;
  slot->filled = FALSE;
  if (index < mill_chat_session_get_first_sent (self->session))
    gtk_widget_add_css_class (GTK_WIDGET (row), "left-out");
}

static void
drop_row (Slot *slot)
{
  if (slot->row != NULL)
    gtk_widget_unparent (GTK_WIDGET (slot->row));
  slot->row = NULL;
  slot->filled = FALSE;
}

static gboolean
work_on (MillMessageList *self, guint index, gint64 deadline)
{
  Slot *slot = get_slot (self, index);

  if (slot->row == NULL)
    make_row (self, index);
  if (!slot->filled)
    slot->filled = mill_message_row_fill (slot->row, deadline);
  if (slot->filled && self->pulse == index)
    {
      mill_message_row_pulse (slot->row);
      self->pulse = G_MAXUINT;
    }
  return slot->filled && g_get_monotonic_time () < deadline;
}

/* Works on the messages between two heights; FALSE where time ran out. */
static gboolean
work_between (MillMessageList *self, double from, double to, gint64 deadline)
{
  double top;

  if (self->slots->len == 0)
    return TRUE;
  for (guint i = slot_at (self, from, &top); i < self->slots->len && top < to; i++)
    {
      Slot *slot = get_slot (self, i);
      int height = slot_height (self, i);

      if ((slot->row == NULL || !slot->filled) && !work_on (self, i, deadline))
        return FALSE;
      top += height + SPACING;
    }
  return TRUE;
}

/* A row that has the focus or is being written to is kept wherever it is. */
static gboolean
must_keep (Slot *slot)
{
  return gtk_widget_get_focus_child (gtk_widget_get_parent (GTK_WIDGET (slot->row))) == GTK_WIDGET (slot->row)
         || mill_message_get_state (mill_message_row_get_message (slot->row)) == MILL_MESSAGE_STREAMING;
}

static void
drop_far_rows (MillMessageList *self, double from, double to)
{
  double top = END_MARGIN;

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = get_slot (self, i);
      int height = slot_height (self, i);

      if (slot->row != NULL && (top + height < from || top > to) && !must_keep (slot))
        drop_row (slot);
      top += height + SPACING;
    }
}

static gboolean
work (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  MillMessageList *self = MILL_MESSAGE_LIST (widget);
  GtkAdjustment *adjustment = vertical (self);
  gint64 deadline = g_get_monotonic_time () + FRAME_BUDGET;
  double page, y;

  /* Before the first allocation nothing is known about the view. */
  if (adjustment == NULL || self->column <= 0)
    {
      self->tick = 0;
      return G_SOURCE_REMOVE;
    }
  page = MAX (gtk_adjustment_get_page_size (adjustment), 1);
  y = gtk_adjustment_get_value (adjustment) - self->origin;
  if (!work_between (self, y, y + page, deadline)
      || !work_between (self, y + page, y + page + MAKE_PAGES * page, deadline)
      || !work_between (self, y - MAKE_PAGES * page, y, deadline))
    return G_SOURCE_CONTINUE;
  drop_far_rows (self, y - KEEP_PAGES * page, y + page + KEEP_PAGES * page);
  if (self->hold == HOLD_JUMP)
    self->hold = self->at_end ? HOLD_END : HOLD_ANCHOR;
  self->tick = 0;
  return G_SOURCE_REMOVE;
}

static void
queue_work (MillMessageList *self)
{
  if (self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), work, NULL, NULL);
}

/* --- Layout --- */

static void
measure_rows (MillMessageList *self)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = get_slot (self, i);

      if (slot->row != NULL)
        {
          int natural;

          gtk_widget_measure (GTK_WIDGET (slot->row), GTK_ORIENTATION_VERTICAL, self->column, NULL, &natural, NULL,
                              NULL);
          /* A row that is not filled yet is no better guess than the estimate, unless it is already taller. */
          slot->height = slot->filled ? natural : MAX (natural, slot_height (self, i));
        }
    }
}

/* Puts the value and the origin where what is held stays. */
static void
place_view (MillMessageList *self, double total, double page)
{
  GtkAdjustment *adjustment = vertical (self);
  double value = gtk_adjustment_get_value (adjustment);
  double last = MAX (total - page, 0);
  double top = self->slots->len > 0 ? slot_top (self, MIN (self->anchor, self->slots->len - 1)) : 0;

  switch (self->hold)
    {
    case HOLD_END:
      self->origin = 0;
      value = last;
      break;
    case HOLD_JUMP:
      self->origin = 0;
      value = CLAMP (top + self->anchor_offset, 0, last);
      break;
    case HOLD_ANCHOR:
    default:
      self->origin = round (value - (top + self->anchor_offset));
      value = CLAMP (value, self->origin, self->origin + last);
      break;
    }
  self->configuring = TRUE;
  gtk_adjustment_configure (adjustment, value, self->origin, self->origin + MAX (total, page), page * 0.1, page * 0.9,
                            page);
  self->configuring = FALSE;
  if (self->hold != HOLD_JUMP)
    take_anchor (self);
  set_at_end (self, value >= self->origin + last - 1);
}

static void
allocate_rows (MillMessageList *self, int width, int height)
{
  double y = END_MARGIN + self->origin - gtk_adjustment_get_value (vertical (self));
  int x = (width - self->column) / 2;
  gboolean missing = FALSE;

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = get_slot (self, i);
      int row_height = slot_height (self, i);
      gboolean in_view = y + row_height > 0 && y < height;

      if (slot->row != NULL)
        {
          int minimum;

          gtk_widget_measure (GTK_WIDGET (slot->row), GTK_ORIENTATION_VERTICAL, self->column, &minimum, NULL, NULL,
                              NULL);
          gtk_widget_size_allocate (GTK_WIDGET (slot->row),
                                    &(GtkAllocation) { x, (int) floor (y), self->column, MAX (row_height, minimum) }, -1);
        }
      missing = missing || (in_view && (slot->row == NULL || !slot->filled));
      y += row_height + SPACING;
    }
  if (missing)
    queue_work (self);
}

static void
mill_message_list_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  MillMessageList *self = MILL_MESSAGE_LIST (widget);
  int margin = width < NARROW_WIDTH ? NARROW_SIDE_MARGIN : SIDE_MARGIN;
  int column = MIN (COLUMN_WIDTH, width - 2 * margin);

  if (column != self->column)
    {
      self->column = column;
      queue_work (self);
    }
  measure_rows (self);
  place_view (self, content_height (self), height);
  allocate_rows (self, width, height);
}

static void
mill_message_list_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  MillMessageList *self = MILL_MESSAGE_LIST (widget);
  int widest = 0;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      for (guint i = 0; i < self->slots->len; i++)
        {
          int row_minimum = 0;

          if (get_slot (self, i)->row != NULL)
            gtk_widget_measure (GTK_WIDGET (get_slot (self, i)->row), orientation, -1, &row_minimum, NULL, NULL, NULL);
          widest = MAX (widest, row_minimum);
        }
      *minimum = widest + 2 * NARROW_SIDE_MARGIN;
      *natural = MAX (*minimum, COLUMN_WIDTH + 2 * SIDE_MARGIN);
      return;
    }
  *minimum = 0;
  *natural = 200;
}

/* --- What is shown --- */

/* What the model no longer reads is paler. */
static void
show_left_out (MillMessageList *self)
{
  guint first_sent = mill_chat_session_get_first_sent (self->session);

  for (guint i = 0; i < self->slots->len; i++)
    {
      MillMessageRow *row = get_slot (self, i)->row;

      if (row != NULL && i < first_sent)
        gtk_widget_add_css_class (GTK_WIDGET (row), "left-out");
      else if (row != NULL)
        gtk_widget_remove_css_class (GTK_WIDGET (row), "left-out");
    }
}

static void
messages_changed (MillMessageList *self, guint position, guint removed, guint added)
{
  Slot fresh = { .height = -1 };

  for (guint i = 0; i < removed; i++)
    drop_row (get_slot (self, position + i));
  if (removed > 0)
    g_array_remove_range (self->slots, position, removed);
  for (guint i = 0; i < added; i++)
    g_array_insert_val (self->slots, position, fresh);
  if (self->anchor >= position + removed)
    self->anchor = self->anchor - removed + added;
  else if (self->anchor >= position)
    self->anchor = MIN (position, self->slots->len > 0 ? self->slots->len - 1 : 0);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  queue_work (self);
}

void
mill_message_list_set_session (MillMessageList *self, MillChatSession *session)
{
  g_return_if_fail (MILL_IS_MESSAGE_LIST (self));
  if (self->session == session)
    return;
  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->messages, messages_changed, self);
      g_signal_handlers_disconnect_by_func (self->session, show_left_out, self);
      messages_changed (self, 0, self->slots->len, 0);
    }
  g_set_object (&self->session, session);
  self->messages = session != NULL ? G_LIST_MODEL (mill_chat_session_get_conversation (session)) : NULL;
  self->hold = HOLD_END;
  self->anchor = 0;
  self->anchor_offset = 0;
  self->pulse = G_MAXUINT;
  if (session != NULL)
    {
      g_signal_connect_object (self->messages, "items-changed", G_CALLBACK (messages_changed), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (session, "notify::first-sent", G_CALLBACK (show_left_out), self, G_CONNECT_SWAPPED);
      messages_changed (self, 0, 0, g_list_model_get_n_items (self->messages));
    }
}

void
mill_message_list_scroll_to (MillMessageList *self, guint position, gboolean pulse)
{
  g_return_if_fail (MILL_IS_MESSAGE_LIST (self));
  if (position >= self->slots->len)
    return;
  self->hold = HOLD_JUMP;
  self->anchor = position;
  self->anchor_offset = vertical (self) != NULL ? -gtk_adjustment_get_page_size (vertical (self)) / 6 : 0;
  self->pulse = pulse ? position : G_MAXUINT;
  if (pulse && get_slot (self, position)->filled)
    {
      mill_message_row_pulse (get_slot (self, position)->row);
      self->pulse = G_MAXUINT;
    }
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  queue_work (self);
}

void
mill_message_list_scroll_to_end (MillMessageList *self)
{
  g_return_if_fail (MILL_IS_MESSAGE_LIST (self));
  self->hold = HOLD_END;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  queue_work (self);
}

gboolean
mill_message_list_get_at_end (MillMessageList *self)
{
  return self->at_end;
}

/* --- Focus --- */

static guint
find_row (MillMessageList *self, GtkWidget *row)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      if (row != NULL && GTK_WIDGET (get_slot (self, i)->row) == row)
        return i;
    }
  return G_MAXUINT;
}

static void
scroll_into_view (MillMessageList *self, guint index)
{
  GtkAdjustment *adjustment = vertical (self);
  double page = gtk_adjustment_get_page_size (adjustment);
  double top = slot_top (self, index) + self->origin;
  double bottom = top + slot_height (self, index);
  double value = gtk_adjustment_get_value (adjustment);

  if (top < value || bottom - top > page)
    gtk_adjustment_set_value (adjustment, top - END_MARGIN);
  else if (bottom > value + page)
    gtk_adjustment_set_value (adjustment, bottom + END_MARGIN - page);
}

gboolean
mill_message_list_move_focus (MillMessageList *self, int step)
{
  guint index, target;
  double top;

  g_return_val_if_fail (MILL_IS_MESSAGE_LIST (self), FALSE);
  if (self->slots->len == 0 || vertical (self) == NULL)
    return FALSE;
  index = find_row (self, gtk_widget_get_focus_child (GTK_WIDGET (self)));
  if (index == G_MAXUINT)
    {
      double y = gtk_adjustment_get_value (vertical (self)) - self->origin;

      if (step > 0)
        return FALSE;
      target = slot_at (self, y + gtk_adjustment_get_page_size (vertical (self)) - END_MARGIN, &top);
    }
  else
    {
      if ((step < 0 && index == 0) || (step > 0 && index + 1 >= self->slots->len))
        return FALSE;
      target = step < 0 ? index - 1 : index + 1;
    }
  work_on (self, target, 0);
  gtk_widget_grab_focus (GTK_WIDGET (get_slot (self, target)->row));
  scroll_into_view (self, target);
  return TRUE;
}

static gboolean
alt_arrow_pressed (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  return mill_message_list_move_focus (MILL_MESSAGE_LIST (widget), g_variant_get_int32 (arguments));
}

/* Brings what the Tab key reached into view. */
static void
mill_message_list_set_focus_child (GtkWidget *widget, GtkWidget *child)
{
  MillMessageList *self = MILL_MESSAGE_LIST (widget);
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  graphene_rect_t bounds;

  GTK_WIDGET_CLASS (mill_message_list_parent_class)->set_focus_child (widget, child);
  if (child == NULL || focus == NULL || focus == child || !GTK_IS_WINDOW (root)
      || !gtk_window_get_focus_visible (GTK_WINDOW (root)) || !gtk_widget_compute_bounds (focus, widget, &bounds))
    return;
  if (bounds.origin.y < 0 || bounds.origin.y + bounds.size.height > (float) gtk_widget_get_height (widget))
    {
      GtkAdjustment *adjustment = vertical (self);
      double page = gtk_adjustment_get_page_size (adjustment);
      double value = gtk_adjustment_get_value (adjustment);

      gtk_adjustment_set_value (adjustment, bounds.origin.y < 0
                                                ? value + bounds.origin.y - END_MARGIN
                                                : value + bounds.origin.y + bounds.size.height + END_MARGIN - page);
    }
}

/* --- Object --- */

static void
set_adjustment (MillMessageList *self, GtkOrientation orientation, GtkAdjustment *adjustment)
{
  GtkAdjustment **place = &self->adjustments[orientation];

  if (adjustment != NULL && *place == adjustment)
    return;
  if (*place != NULL)
    g_signal_handlers_disconnect_by_func (*place, scrolled, self);
  g_clear_object (place);
  *place = adjustment != NULL ? g_object_ref (adjustment)
                              : g_object_ref_sink (gtk_adjustment_new (0, 0, 0, 0, 0, 0));
  if (orientation == GTK_ORIENTATION_VERTICAL)
    g_signal_connect_swapped (*place, "value-changed", G_CALLBACK (scrolled), self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
mill_message_list_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  MillMessageList *self = MILL_MESSAGE_LIST (object);

  switch (id)
    {
    case PROP_HADJUSTMENT:
      set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, g_value_get_object (value));
      break;
    case PROP_VADJUSTMENT:
      set_adjustment (self, GTK_ORIENTATION_VERTICAL, g_value_get_object (value));
      break;
    case PROP_HPOLICY:
    case PROP_VPOLICY:
      /* The column fits the width, and the height is the view's: no policy changes that. */
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
mill_message_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MillMessageList *self = MILL_MESSAGE_LIST (object);

  switch (id)
    {
    case PROP_AT_END:
      g_value_set_boolean (value, self->at_end);
      break;
    case PROP_HADJUSTMENT:
      g_value_set_object (value, self->adjustments[GTK_ORIENTATION_HORIZONTAL]);
      break;
    case PROP_VADJUSTMENT:
      g_value_set_object (value, self->adjustments[GTK_ORIENTATION_VERTICAL]);
      break;
    case PROP_HPOLICY:
    case PROP_VPOLICY:
      g_value_set_enum (value, GTK_SCROLL_MINIMUM);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
mill_message_list_dispose (GObject *object)
{
  MillMessageList *self = MILL_MESSAGE_LIST (object);

  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  for (guint i = 0; i < self->slots->len; i++)
    drop_row (get_slot (self, i));
  g_array_set_size (self->slots, 0);
  self->messages = NULL;
  g_clear_object (&self->session);
  for (guint i = 0; i < 2; i++)
    {
      if (self->adjustments[i] != NULL)
        g_signal_handlers_disconnect_by_func (self->adjustments[i], scrolled, self);
      g_clear_object (&self->adjustments[i]);
    }
  G_OBJECT_CLASS (mill_message_list_parent_class)->dispose (object);
}

static void
mill_message_list_finalize (GObject *object)
{
  g_array_unref (MILL_MESSAGE_LIST (object)->slots);
  G_OBJECT_CLASS (mill_message_list_parent_class)->finalize (object);
}

static void
mill_message_list_class_init (MillMessageListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = mill_message_list_set_property;
  object_class->get_property = mill_message_list_get_property;
  object_class->dispose = mill_message_list_dispose;
  object_class->finalize = mill_message_list_finalize;
  widget_class->measure = mill_message_list_measure;
  widget_class->size_allocate = mill_message_list_size_allocate;
  widget_class->set_focus_child = mill_message_list_set_focus_child;

  properties[PROP_AT_END] = g_param_spec_boolean ("at-end", NULL, NULL, TRUE,
                                                  G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HPOLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VPOLICY, "vscroll-policy");
  signals[EDIT] = g_signal_new ("edit", MILL_TYPE_MESSAGE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                MILL_TYPE_MESSAGE);
  signals[AGAIN] = g_signal_new ("again", MILL_TYPE_MESSAGE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 1, MILL_TYPE_MESSAGE);

  gtk_widget_class_add_binding (widget_class, GDK_KEY_Up, GDK_ALT_MASK, alt_arrow_pressed, "i", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Down, GDK_ALT_MASK, alt_arrow_pressed, "i", 1);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LOG);
  gtk_widget_class_set_css_name (widget_class, "thread");
}

static void
mill_message_list_init (MillMessageList *self)
{
  self->slots = g_array_new (FALSE, TRUE, sizeof (Slot));
  self->pulse = G_MAXUINT;
  self->at_end = TRUE;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Messages"), -1);
}

GtkWidget *
mill_message_list_new (void)
{
  return g_object_new (MILL_TYPE_MESSAGE_LIST, NULL);
}
