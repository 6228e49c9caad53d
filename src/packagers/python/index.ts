export { planPypi, planPythonProject } from "./plan.js";
