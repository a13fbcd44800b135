/* mill-window-private.h: what the window's parts share: its layout, its actions. */
#pragma once

#include "chat/mill-chat-library.h"
#include "chat/mill-chat-session.h"
#include "chat/mill-chat-view.h"
#include "chat/mill-conversation-sidebar.h"
#include "mill-model-manager.h"
#include "mill-welcome-page.h"
#include "mill-window.h"

G_BEGIN_DECLS

struct _MillWindow {
  AdwApplicationWindow     parent_instance;

  AdwToastOverlay         *toast_overlay;
  GtkStack                *stack;
  MillWelcomePage         *welcome;
  AdwNavigationSplitView  *split_view;
  AdwNavigationPage       *content_page;
  MillConversationSidebar *sidebar;
  MillChatView            *chat_view;

  GSettings               *settings;
  MillModelManager        *models;
  MillChatLibrary         *library;
  MillChatSession         *session;
  GCancellable            *search; /* the search that is under way */
};

/* Declares the window's actions on its class. */
void mill_window_class_install_actions (GtkWidgetClass *widget_class);

/* Enables those that make sense now. */
void mill_window_update_actions (MillWindow *self);

/* What the menus of chats do, for any chat. */
void mill_window_rename_chat (MillWindow *self, MillChatItem *item);
void mill_window_delete_chat (MillWindow *self, MillChatItem *item);
void mill_window_export_chat (MillWindow *self, MillChatItem *item);

/* Shows a chat, and the message in it that was looked for (0: none). A new one: 0, 0. */
void mill_window_show_chat (MillWindow *self, gint64 conversation_id, gint64 message_id);

/* Fills the menu of models. */
void mill_window_update_model_menu (MillWindow *self);

G_END_DECLS
