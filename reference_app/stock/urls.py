"""The addresses of stock."""

from __future__ import annotations

from django.urls import path

from reference_app.stock.views import acts, pool

inventory_urls = [
    path("", pool.index, name="inventory"),
    path("export.csv", pool.export, name="inventory-export"),
    path("<int:pk>/", pool.variant, name="inventory-variant"),
    path("<int:pk>/adjust/", acts.adjust, name="inventory-adjust"),
    path("buffers/<int:pk>/", pool.buffer, name="inventory-buffer"),
    path("movements/<int:pk>/reverse/", pool.reverse, name="inventory-reverse"),
    path("count/", acts.count, name="inventory-count"),
    path("transfers/", acts.transfers, name="inventory-transfers"),
    path("transfers/<int:pk>/arrive/", acts.arrive, name="inventory-arrive"),
    path("warehouses/add/", acts.add_warehouse, name="inventory-warehouse"),
    path("low/", pool.low, name="inventory-low"),
    path("oversold/", pool.oversold, name="inventory-oversold"),
    path("drift/", pool.drift, name="inventory-drift"),
    path("drift/<int:pk>/correct/", pool.correct, name="inventory-correct"),
    path("pushes/", pool.pushes, name="inventory-pushes"),
    path("pushes/<int:pk>/again/", pool.push_again, name="inventory-again"),
    path("returns/", pool.returns, name="inventory-returns"),
    path("returns/<int:pk>/receive/", pool.receive, name="inventory-receive"),
    path("channels/", acts.channels, name="inventory-channels"),
    path("channels/<int:pk>/", acts.channel, name="inventory-channel"),
    path("channels/<int:pk>/switch/", acts.switch, name="inventory-switch"),
]
