"""What the web server calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
application = get_wsgi_application()

if os.environ.get("ENTRO_SERVING") == "1":  # set by reference_app.serve
    from reference_app.status.sampling import beat_on

    beat_on("web", "web")
