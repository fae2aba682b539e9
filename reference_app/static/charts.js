// Draws the charts that the server describes. Beside each stands the table it was made from.
"use strict";

(() => {
  const INK = "#55625f";
  const LINE = "#e0e6e4";
  const ROW = 30; // pixels for one bar that lies down
  const narrow = () => window.matchMedia("(max-width: 620px)").matches;
  const drawn = new Map();

  function option(spec) {
    const small = narrow();
    const text = { color: INK, fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
    const names = {
      type: "category",
      data: spec.categories,
      inverse: spec.across,
      axisLine: { lineStyle: { color: LINE } },
      axisTick: { show: false },
      axisLabel: spec.across
        ? { ...text, width: small ? 104 : 190, overflow: "break", lineHeight: 14, interval: 0 }
        : { ...text, hideOverlap: true },
    };
    const values = {
      type: "value",
      min: spec.axis.min,
      max: spec.axis.max,
      interval: spec.axis.step,
      splitLine: { lineStyle: { color: LINE } },
      axisLabel: {
        ...text,
        hideOverlap: true,
        formatter: (value) => spec.axis.labels[String(value)] ?? "",
      },
    };
    return {
      animation: false,
      grid: { left: 4, right: 18, top: 12, bottom: 4, containLabel: true },
      xAxis: spec.across ? values : names,
      yAxis: spec.across ? names : values,
      series: spec.series.map((one) => ({
        type: "bar",
        stack: "all",
        barMaxWidth: spec.across ? 18 : 34,
        barCategoryGap: "30%",
        emphasis: { disabled: true },
        data: one.values.map((value, place) => ({
          value,
          itemStyle: { color: one.colours[place] },
        })),
      })),
    };
  }

  function draw(box) {
    const source = document.getElementById(box.dataset.chart);
    if (!source || drawn.has(box)) return;
    const spec = JSON.parse(source.textContent);
    if (spec.across) box.style.height = `${spec.categories.length * ROW + 44}px`;
    const chart = echarts.init(box);
    chart.setOption(option(spec));
    drawn.set(box, { chart, spec });
    // The bar under the pointer is told in words below the chart; the table has all of them.
    const told = box.parentElement.querySelector(".chart-told");
    if (!told) return;
    const rest = told.textContent;
    chart.on("mouseover", (at) => {
      told.textContent = spec.series[at.seriesIndex].told[at.dataIndex] || rest;
    });
    chart.on("mouseout", () => {
      told.textContent = rest;
    });
  }

  function drawAll() {
    for (const [box, { chart }] of drawn) {
      if (!box.isConnected) {
        chart.dispose();
        drawn.delete(box);
      }
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  window.addEventListener("resize", () => {
    for (const { chart, spec } of drawn.values()) {
      chart.resize();
      chart.setOption(option(spec));
    }
  });
})();
