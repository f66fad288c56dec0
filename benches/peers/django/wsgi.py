"""The manual's site on Django, to be put under load beside Huihua.

PYTHONPATH holds this folder and end2end/django/site; the environment is that of the site's settings.
After `django-admin migrate`, with one worker for each core:

    gunicorn wsgi --bind 127.0.0.1:3002 --workers 2 --worker-class gthread --threads 2 \\
        --worker-connections 10 --keep-alive 60 --no-control-socket --log-level error
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench_settings")
application = get_wsgi_application()
