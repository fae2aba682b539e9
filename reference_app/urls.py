"""The addresses of the app."""

from __future__ import annotations

from django.urls import include, path

from reference_app.audit import views as audit
from reference_app.billing.backoffice import office
from reference_app.billing.urls import billing_urls
from reference_app.goods.urls import catalogue_urls, linking_urls
from reference_app.orders import views as orders
from reference_app.paying.urls import backoffice_urls, paying_urls
from reference_app.policies.urls import policies_urls
from reference_app.records import views as records
from reference_app.rights.urls import certificate_urls, data_urls
from reference_app.settling.urls import payments_urls, returns_urls
from reference_app.status import views as status
from reference_app.status.urls import incident_urls, status_urls
from reference_app.stock.urls import inventory_urls
from reference_app.stores import checklist, consent_views, hooks
from reference_app.stores import views as stores
from reference_app.support.urls import desk_urls, support_urls
from reference_app.syncing import views as syncing
from reference_app.tenants.urls import accounts_urls, settings_urls
from reference_app.web import views as web

urlpatterns = [
    path("", web.home, name="home"),
    path("stores/", stores.index, name="stores"),
    path("stores/connect/", stores.connect, name="stores-connect"),
    path(
        "stores/consent/<slug:marketplace>/begin/", consent_views.begin, name="stores-consent-begin"
    ),
    path("stores/consent/<slug:marketplace>/", consent_views.come_back, name="stores-consent"),
    path("stores/<int:pk>/consent/", consent_views.again, name="stores-consent-again"),
    path("stores/<int:pk>/authorise/", stores.authorise, name="stores-authorise"),
    path("stores/<int:pk>/check/", checklist.show, name="stores-check"),
    path("stores/<int:pk>/check/again/", checklist.again, name="stores-check-again"),
    path("stores/<int:pk>/pause/", stores.pause, name="stores-pause"),
    path("stores/<int:pk>/resume/", stores.resume, name="stores-resume"),
    path("stores/<int:pk>/disconnect/", stores.disconnect, name="stores-disconnect"),
    path("sync/", syncing.index, name="sync"),
    path("sync/live/", syncing.live, name="sync-live"),
    path("sync/<int:pk>/start/", syncing.start, name="sync-start"),
    path("sync/runs/<int:pk>/", syncing.run, name="sync-run"),
    path("sync/quarantine/<int:pk>/", syncing.quarantined, name="sync-quarantined"),
    path("sync/quarantine/<int:pk>/retry/", syncing.retry, name="sync-retry"),
    path("orders/", records.orders, name="orders"),
    path("orders/export.csv", records.export, name="orders-export"),
    path("orders/acts/", orders.act, name="orders-acts"),
    path("orders/acts/<int:pk>/", orders.show, name="orders-act"),
    path("orders/acts/<int:pk>/labels/", orders.labels, name="orders-labels"),
    path("orders/filters/", orders.save_filter, name="orders-filters"),
    path("orders/filters/<int:pk>/delete/", orders.delete_filter, name="orders-filter-delete"),
    path(
        "orders/<str:marketplace>/<str:shop_id>/<str:external_id>/reveal/",
        orders.reveal,
        name="orders-reveal",
    ),
    path(
        "orders/<str:marketplace>/<str:shop_id>/<str:external_id>/<str:kind>/",
        orders.prepare,
        name="orders-prepare",
    ),
    path("settings/audit/", audit.index, name="settings-audit"),
    path(
        "orders/<str:marketplace>/<str:shop_id>/<str:external_id>/",
        records.order,
        name="orders-detail",
    ),
    path("billing/", include(billing_urls)),
    path("payments/", include(payments_urls)),
    path("returns/", include(returns_urls)),
    path("linking/", include(linking_urls)),
    path("catalogue/", include(catalogue_urls)),
    path("inventory/", include(inventory_urls)),
    path("paying/", include(paying_urls)),
    path("backoffice/transfers/", include(backoffice_urls)),
    path("support/", include(support_urls)),
    path("policies/", include(policies_urls)),
    path("status/", include(status_urls)),
    path("backoffice/support/", include(desk_urls)),
    path("backoffice/status/", include(incident_urls)),
    path("hooks/<str:marketplace>/<str:token>/", hooks.receive, name="hooks"),
    path("settings/data/", include(data_urls)),
    path("certificates/", include(certificate_urls)),
    path("settings/", include("reference_app.api.settings_urls")),
    path("api/v1/", include("reference_app.api.urls")),
    path("backoffice/", office.urls),
    path("healthz", web.healthz, name="healthz"),
    path("more/", web.more, name="more"),
    path("settings/", include(settings_urls)),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include(accounts_urls)),
    path("readyz", status.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
]
handler400 = "reference_app.web.views.bad_request"
handler404 = "reference_app.web.views.not_found"
handler500 = "reference_app.web.views.server_error"
