/* mill-welcome-page.h: the first run: start with the model that is already here, or with a file. */
#pragma once

#include <gtk/gtk.h>

#include "models/mill-model-info.h"

G_BEGIN_DECLS

#define MILL_TYPE_WELCOME_PAGE (mill_welcome_page_get_type ())
G_DECLARE_FINAL_TYPE (MillWelcomePage, mill_welcome_page, MILL, WELCOME_PAGE, GtkWidget)

/* Offers the starter model; NULL where it is not on this computer. */
void mill_welcome_page_set_starter (MillWelcomePage *self, MillModelInfo *starter);

/* What went wrong, or NULL. */
void mill_welcome_page_set_problem (MillWelcomePage *self, const char *problem);

G_END_DECLS
