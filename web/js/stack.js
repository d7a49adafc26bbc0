/** What the stack wrote beside the page: its configuration and the OpenAPI document of its API. */

const json = async (path) => (await fetch(path)).json();

export const [config, openapi] = await Promise.all([json("config.json"), json("openapi.json")]);
