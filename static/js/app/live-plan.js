// When a plan is ready the page shows it whole: board, map and actions all change.
document.addEventListener("plan-ready", () => window.location.reload());
