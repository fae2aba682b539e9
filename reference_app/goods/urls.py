"""The addresses of the catalogue and of linking."""

from __future__ import annotations

from django.urls import path

from reference_app.goods.views import catalogue, files, linking

linking_urls = [
    path("", linking.index, name="linking"),
    path("bulk/", linking.bulk, name="linking-bulk"),
    path("history/", linking.history, name="linking-history"),
    path("undo/<int:pk>/", linking.undo, name="linking-undo"),
    path("files/", files.index, name="linking-files"),
    path("<int:pk>/", linking.detail, name="linking-detail"),
    path("<int:pk>/accept/", linking.accept, name="linking-accept"),
    path("<int:pk>/create/", linking.create, name="linking-create"),
    path("<int:pk>/unlink/", linking.unlink, name="linking-unlink"),
    path("<int:pk>/link/<int:variant>/", linking.choose, name="linking-choose"),
]
catalogue_urls = [
    path("", catalogue.index, name="catalogue"),
    path("new/", catalogue.new, name="catalogue-new"),
    path("prices/", catalogue.price_preview, name="catalogue-prices"),
    path("files/<str:what>.csv", files.export, name="catalogue-export"),
    path("files/<str:what>/", files.take, name="catalogue-import"),
    path("errands/<int:pk>/", files.errand, name="catalogue-errand"),
    path("errands/<int:pk>/left-out.csv", files.left_out, name="catalogue-left-out"),
    path("<int:pk>/", catalogue.detail, name="catalogue-detail"),
    path("<int:pk>/parts/", catalogue.parts, name="catalogue-parts"),
]
