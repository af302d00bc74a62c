/* The page of the API: Swagger UI, from our own files. */
"use strict";

(() => {
  const place = document.getElementById("api");

  // The page is dark where the reader's other pages are.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", shade);
  shade();

  const cookie = (name) =>
    document.cookie
      .split("; ")
      .find((each) => each.startsWith(`${name}=`))
      ?.slice(name.length + 1);

  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "none",
    filter: true,
    // Keys stay in this tab until it is closed.
    persistAuthorization: false,
    validatorUrl: null,
    requestInterceptor: (request) => {
      // A person who has signed in writes with the token of the session, and to nobody else.
      if (new URL(request.url, location.href).origin === location.origin && request.method !== "GET") {
        request.headers["X-CSRFToken"] = cookie("csrftoken") ?? "";
      }
      return request;
    },
  });
})();
